//! One pass over a tile's scan, which decodes all of its symbols and proves it whole.

use crate::codec::CarryError;
use crate::codec::jpeg::bit_reader::{Bits, ScanReader};
use crate::codec::jpeg::block::read_dc;
use crate::codec::jpeg::lookup::SymbolLookup;
use crate::codec::jpeg::segments::TileHeader;

/// What is made of a scan's blocks.
pub(super) trait BlockSink {
    /// An MCU begins.
    fn begin_mcu(&mut self, _column: u32) {}
    /// A block of a component with its DC; its AC must be read.
    fn block(&mut self, component: usize, dc: i16, data: &[u8], bits: &mut Bits) -> Result<(), CarryError>;
    /// An MCU ends.
    fn end_mcu(&mut self, _column: u32) {}
    /// An MCU row ends.
    fn end_row(&mut self, _row: u32) -> Result<(), CarryError> {
        Ok(())
    }
}

/// Reads a tile's whole scan. `dc` are the lookups by component.
///
/// # Errors
/// [`CarryError::Damaged`] when anything is not as it must be, [`CarryError::NotBaseline`] when another scan follows.
pub(super) fn read_scan(
    header: &TileHeader<'_>,
    reader: &mut ScanReader<'_>,
    dc: [&SymbolLookup; 3],
    sink: &mut impl BlockSink,
) -> Result<(), CarryError> {
    let (columns, rows) = header.mcus();
    let restart_interval = header.restart_interval;
    let mut marker = reader.next_interval()?;
    let mut predicted = [0i32; 3];
    let (mut left, mut restart) = (restart_interval, 0);
    for row in 0..rows {
        for column in 0..columns {
            if restart_interval > 0 {
                if left == 0 {
                    reader.check_end()?;
                    if marker != 0xd0 | restart {
                        return Err(CarryError::Damaged("a restart marker is missing"));
                    }
                    marker = reader.next_interval()?;
                    restart = (restart + 1) % 8;
                    predicted = [0; 3];
                    left = restart_interval;
                }
                left -= 1;
            }
            sink.begin_mcu(column);
            for component in header.colour.blocks() {
                let component = usize::from(*component).min(2);
                let value = predicted[component] + read_dc(&reader.data, &mut reader.bits, dc[component])?;
                if !(-1024..=1023).contains(&value) {
                    return Err(CarryError::Damaged("a DC is out of range"));
                }
                predicted[component] = value;
                sink.block(component, value as i16, &reader.data, &mut reader.bits)?;
            }
            sink.end_mcu(column);
        }
        reader.bits_left()?;
        sink.end_row(row)?;
    }
    reader.check_end()?;
    match marker {
        0xd9 => Ok(()),
        0xd0..=0xd7 => Err(CarryError::Damaged("its data is too long")),
        _ => Err(CarryError::NotBaseline("several scans")),
    }
}
