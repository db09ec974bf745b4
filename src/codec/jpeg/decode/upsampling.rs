//! Chroma brought to the luma's size, as libjpeg's "fancy" upsampling does it (`jdsample.c`): a triangle filter, whose
//! weights are three quarters and one quarter in each direction.

use crate::raster::lanes::Lanes;

/// Where a [`ChromaRow`]'s values begin: there is room for a neighbour to the left.
const START: usize = 8;

/// A row of one chroma component, perhaps a weighted sum of two rows.
pub struct ChromaRow(Vec<i16>);

impl ChromaRow {
    /// Room for so many pixels.
    pub fn new(width_px: usize) -> Self {
        Self(vec![0; START + width_px.next_multiple_of(16) + 16])
    }

    #[inline(always)]
    fn fill(&mut self, near: &[u8], far: &[u8], value: impl Fn(Lanes, Lanes) -> Lanes) {
        let values = self.0.get_mut(START..).unwrap_or_default().as_chunks_mut::<16>().0;
        let samples = near.as_chunks::<16>().0.iter().zip(far.as_chunks::<16>().0);
        for (to, (near, far)) in values.iter_mut().zip(samples) {
            let (near, far) = (Lanes::of_bytes(*near), Lanes::of_bytes(*far));
            let low = value(near.widen_low_bytes(), far.widen_low_bytes());
            let high = value(near.widen_high_bytes(), far.widen_high_bytes());
            *to = bytemuck::must_cast([low.i16s(), high.i16s()]);
        }
    }

    /// The samples themselves.
    pub fn take(&mut self, near: &[u8]) {
        self.fill(near, near, |near, _| near);
    }

    /// Each sample twice.
    pub fn double(&mut self, near: &[u8]) {
        let values = self.0.get_mut(START..).unwrap_or_default().as_chunks_mut::<2>().0;
        for (to, from) in values.iter_mut().zip(near) {
            *to = [i16::from(*from); 2];
        }
    }

    /// Three times the nearer row and once the other.
    pub fn weigh(&mut self, near: &[u8], far: &[u8]) {
        self.fill(near, far, weigh);
    }

    /// A quarter of that; of halves, those of a `lower` row are rounded up.
    pub fn mix(&mut self, near: &[u8], far: &[u8], lower: bool) {
        let bias = Lanes::all_i16(if lower { 2 } else { 1 });
        self.fill(near, far, |near, far| weigh(near, far).add_i16(bias).shr_i16::<2>());
    }

    /// Ends the row behind `count` values: at both ends its neighbours are like the outermost ones.
    pub fn end(&mut self, count: usize) {
        let values = &mut self.0[..];
        if let Some([before, first]) = values.get_mut(START - 1..).and_then(|v| v.first_chunk_mut()) {
            *before = *first;
        }
        if let Some([last, behind]) = values.get_mut(START + count - 1..).and_then(|v| v.first_chunk_mut()) {
            *behind = *last;
        }
    }

    /// The values of sixteen pixels from 16 `i` on, around zero.
    #[inline(always)]
    pub fn whole(&self, i: usize) -> Option<[Lanes; 2]> {
        let centre = Lanes::all_i16(-128);
        let [a, b] = self.from(0).as_chunks::<2>().0.get(i)?.map(Lanes::of_i16s);
        Some([a.add_i16(centre), b.add_i16(centre)])
    }

    /// The same of eight values, which have `SHIFT - 2` bits too many: three quarters of the nearer and a quarter of the
    /// next one. Of halves, those of even columns are rounded with `EVEN`, those of odd ones with `ODD`.
    #[inline(always)]
    pub fn halved<const SHIFT: u32, const EVEN: i16, const ODD: i16>(&self, i: usize) -> Option<[Lanes; 2]> {
        let centre = -128 << SHIFT;
        let (even, odd) = (Lanes::all_i16(centre + EVEN), Lanes::all_i16(centre + ODD));
        let of = |offset| self.from(offset).get(i).map(|values| Lanes::of_i16s(*values));
        let (left, this, right) = (of(-1)?, of(0)?, of(1)?);
        let thrice = this.add_i16(this).add_i16(this);
        let even = thrice.add_i16(left).add_i16(even).shr_i16::<SHIFT>();
        let odd = thrice.add_i16(right).add_i16(odd).shr_i16::<SHIFT>();
        Some([even.low_i16s(odd), even.high_i16s(odd)])
    }

    /// The values in eights, beginning at an offset.
    #[inline(always)]
    fn from(&self, offset: isize) -> &[[i16; 8]] {
        self.0.get(START.saturating_add_signed(offset)..).unwrap_or_default().as_chunks().0
    }
}

#[inline(always)]
fn weigh(near: Lanes, far: Lanes) -> Lanes {
    near.add_i16(near).add_i16(near).add_i16(far)
}
