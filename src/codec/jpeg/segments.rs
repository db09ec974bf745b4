//! What stands before a tile's scan: the marker segments that baseline JPEG has (T.81, annex B).

use crate::codec::CarryError;
use crate::codec::jpeg::huffman::HuffmanSpec;
use crate::codec::jpeg::mcu::{Colour, Subsampling};

/// The header of a tile that can be read here, as far as its kind goes.
pub(super) struct TileHeader<'t> {
    pub colour: Colour,
    /// By component, in zigzag order.
    pub quantisation: [&'t [u8; 64]; 3],
    /// By component.
    pub dc: [HuffmanSpec<'t>; 3],
    /// By component.
    pub ac: [HuffmanSpec<'t>; 3],
    pub width_px: u32,
    pub height_px: u32,
    /// MCUs of a restart interval; 0 when there are none.
    pub restart_interval: u32,
    /// The bytes behind the scan header.
    pub scan: &'t [u8],
}

impl TileHeader<'_> {
    /// MCU columns and MCU rows; the last ones may stick out of the image.
    pub const fn mcus(&self) -> (u32, u32) {
        let (width_px, height_px) = self.colour.mcu_px();
        (self.width_px.div_ceil(width_px), self.height_px.div_ceil(height_px))
    }
}

/// A component as the frame header declares it.
#[derive(Clone, Copy, Default)]
struct Component {
    id: u8,
    sampling: u8,
    quantisation: usize,
}

/// The tables that were defined so far.
#[derive(Default)]
struct Segments<'t> {
    quantisation: [Option<&'t [u8; 64]>; 4],
    dc: [Option<HuffmanSpec<'t>>; 2],
    ac: [Option<HuffmanSpec<'t>>; 2],
    width_px: u32,
    height_px: u32,
    restart_interval: u32,
    jfif: bool,
    adobe_transform: Option<u8>,
    components: [Component; 3],
    component_count: usize,
}

const BAD_LENGTH: CarryError = CarryError::Damaged("a segment has a wrong length");

/// Reads up to the scan's data of a tile that is to be carried.
///
/// # Errors
/// [`CarryError`] when it is not a JPEG of `side_px` x `side_px` pixels that can be carried.
pub(super) fn read_tile(tile: &[u8], side_px: u32) -> Result<TileHeader<'_>, CarryError> {
    let header = read(tile)?;
    let TileHeader { width_px, height_px, .. } = header;
    if (width_px, height_px) != (side_px, side_px) {
        return Err(CarryError::Size { width_px, height_px, expected_px: side_px });
    }
    let (mcu_width_px, mcu_height_px) = header.colour.mcu_px();
    let whole = side_px.is_multiple_of(mcu_width_px) && side_px.is_multiple_of(mcu_height_px);
    if whole { Ok(header) } else { Err(CarryError::PartMcu { side_px }) }
}

/// Reads up to the scan's data. Nothing that is declared costs memory.
///
/// # Errors
/// [`CarryError`] when it is not baseline, or of another colour or sampling than [`Colour`] knows, or damaged.
pub(super) fn read(tile: &[u8]) -> Result<TileHeader<'_>, CarryError> {
    const CUT_OFF: CarryError = CarryError::Damaged("its header is cut off");
    let [0xff, 0xd8, 0xff, ..] = tile else { return Err(CarryError::NotJpeg) };
    let mut rest = tile.get(2..).unwrap_or_default();
    let mut found = Segments::default();
    loop {
        while let [0xff, 0xff, ..] = rest {
            rest = rest.get(1..).unwrap_or_default();
        }
        let [0xff, marker, high, low, after @ ..] = rest else {
            let whole = rest.len() < 4 || rest.first() == Some(&0xff);
            return Err(if whole { CUT_OFF } else { CarryError::Damaged("a marker is missing") });
        };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let length = length.checked_sub(2).ok_or(BAD_LENGTH)?;
        let (segment, behind) = after.split_at_checked(length).ok_or(CUT_OFF)?;
        match *marker {
            // Extended sequential coding has the same symbols as long as samples have 8 bits.
            0xc0 | 0xc1 => found.frame(segment)?,
            0xc4 => found.huffman(segment)?,
            0xc2..=0xcf => return Err(CarryError::NotBaseline("another kind of coding")),
            0xdb => found.quantisation(segment)?,
            0xdd => {
                let [high, low] = segment else { return Err(BAD_LENGTH) };
                found.restart_interval = u16::from_be_bytes([*high, *low]).into();
            }
            0xda => return found.scan(segment, behind),
            0xe0 => found.jfif |= segment.starts_with(b"JFIF\0"),
            0xee => {
                if let [b'A', b'd', b'o', b'b', b'e', _, _, _, _, _, _, transform, ..] = segment {
                    found.adobe_transform = Some(*transform);
                }
            }
            0xe1..=0xed | 0xef | 0xfe => {}
            _ => return Err(CarryError::Damaged("an unexpected marker")),
        }
        rest = behind;
    }
}

impl<'t> Segments<'t> {
    /// SOF0 and SOF1 (B.2.2).
    fn frame(&mut self, segment: &[u8]) -> Result<(), CarryError> {
        let [precision, y1, y0, x1, x0, count, components @ ..] = segment else { return Err(BAD_LENGTH) };
        if self.component_count > 0 {
            return Err(CarryError::Damaged("there are two frames"));
        }
        let (width_px, height_px) = (u16::from_be_bytes([*x1, *x0]), u16::from_be_bytes([*y1, *y0]));
        (self.width_px, self.height_px) = (width_px.into(), height_px.into());
        if width_px == 0 {
            return Err(CarryError::Damaged("it has no columns"));
        }
        if height_px == 0 {
            return Err(CarryError::NotBaseline("the height comes later"));
        }
        if *precision != 8 {
            return Err(CarryError::NotBaseline("samples of more than 8 bits"));
        }
        let (components, rest) = components.as_chunks::<3>();
        if components.len() != usize::from(*count) || !rest.is_empty() {
            return Err(BAD_LENGTH);
        }
        if !matches!(count, 1 | 3) {
            return Err(CarryError::Colour);
        }
        for (component, [id, sampling, quantisation]) in self.components.iter_mut().zip(components) {
            *component = Component { id: *id, sampling: *sampling, quantisation: usize::from(*quantisation) };
        }
        self.component_count = components.len();
        Ok(())
    }

    /// DQT (B.2.4.1).
    fn quantisation(&mut self, mut segment: &'t [u8]) -> Result<(), CarryError> {
        while let [id, rest @ ..] = segment {
            if id >> 4 != 0 {
                return Err(CarryError::NotBaseline("quantisation of more than 8 bits"));
            }
            let (table, rest) = rest.split_first_chunk::<64>().ok_or(BAD_LENGTH)?;
            if table.contains(&0) {
                return Err(CarryError::Damaged("a quantisation step of 0"));
            }
            let slot = self.quantisation.get_mut(usize::from(*id));
            *slot.ok_or(CarryError::Damaged("a table with a wrong number"))? = Some(table);
            segment = rest;
        }
        Ok(())
    }

    /// DHT (B.2.4.2).
    fn huffman(&mut self, mut segment: &'t [u8]) -> Result<(), CarryError> {
        while let [id, rest @ ..] = segment {
            let (counts, rest) = rest.split_first_chunk::<16>().ok_or(BAD_LENGTH)?;
            let length = counts.iter().map(|c| usize::from(*c)).sum();
            let (symbols, rest) = rest.split_at_checked(length).ok_or(BAD_LENGTH)?;
            let spec = HuffmanSpec { counts, symbols };
            if !spec.is_sound() {
                return Err(CarryError::Damaged("a Huffman table is not sound"));
            }
            let tables = if id >> 4 == 0 { &mut self.dc } else { &mut self.ac };
            let slot = if id >> 4 < 2 { tables.get_mut(usize::from(id & 15)) } else { None };
            *slot.ok_or(CarryError::NotBaseline("more than two Huffman tables"))? = Some(spec);
            segment = rest;
        }
        Ok(())
    }

    /// SOS (B.2.3), and whether all that it names is there.
    fn scan(self, segment: &'t [u8], scan: &'t [u8]) -> Result<TileHeader<'t>, CarryError> {
        let [count, selectors @ ..] = segment else { return Err(BAD_LENGTH) };
        if self.component_count == 0 {
            return Err(CarryError::Damaged("a scan without a frame"));
        }
        if usize::from(*count) != self.component_count {
            return Err(CarryError::NotBaseline("several scans"));
        }
        let (selectors, progression) =
            selectors.split_at_checked(self.component_count * 2).ok_or(BAD_LENGTH)?;
        let selectors = selectors.as_chunks::<2>().0;
        if progression.len() != 3 {
            return Err(BAD_LENGTH);
        }
        if progression != [0, 63, 0] {
            return Err(CarryError::NotBaseline("a scan of some of the coefficients"));
        }
        let colour = self.colour()?;
        const NO_TABLE: CarryError = CarryError::Damaged("a table is missing");
        let empty = HuffmanSpec { counts: &[0; 16], symbols: &[] };
        let mut header = TileHeader {
            colour,
            quantisation: [&[1; 64]; 3],
            dc: [empty; 3],
            ac: [empty; 3],
            width_px: self.width_px,
            height_px: self.height_px,
            restart_interval: self.restart_interval,
            scan,
        };
        for (i, (component, [id, tables])) in self.components.iter().zip(selectors).enumerate() {
            if component.id != *id {
                return Err(CarryError::Damaged("the scan's components are not the frame's"));
            }
            let quantisation = self.quantisation.get(component.quantisation).copied().flatten();
            header.quantisation[i] = quantisation.ok_or(NO_TABLE)?;
            let table = |tables: &[Option<HuffmanSpec<'t>>; 2], id: u8| {
                tables.get(usize::from(id)).copied().flatten().ok_or(NO_TABLE)
            };
            header.dc[i] = table(&self.dc, tables >> 4)?;
            header.ac[i] = table(&self.ac, tables & 15)?;
        }
        Ok(header)
    }

    /// What the components are. Three are YCbCr unless something says otherwise (JFIF 1.02, "Color space"; Adobe
    /// Technical Note 5116).
    fn colour(&self) -> Result<Colour, CarryError> {
        if self.component_count == 1 {
            // With one component the sampling factors mean nothing (T.81, A.2.2).
            return Ok(Colour::Grey);
        }
        let ids = self.components.map(|c| c.id);
        let named_rgb = !self.jfif && self.adobe_transform.is_none() && ids == *b"RGB";
        if named_rgb || self.adobe_transform.is_some_and(|transform| transform != 1) {
            return Err(CarryError::Colour);
        }
        Subsampling::from_factors(self.components.map(|c| c.sampling))
            .map(Colour::YCbCr)
            .ok_or(CarryError::Sampling)
    }
}
