//! Matches for the fewest bits: of all ways through the data, the cheapest at the prices of the block before.

use super::alphabet::{MAX_DISTANCE, MAX_LENGTH, MIN_LENGTH};
use super::lookup::{LatestPositions, Window, match_length, word};
use super::matcher::Stretch;
use super::prices::Prices;
use super::sequences::Sequences;

/// Finds the cheapest way through stretches of the data. Positions are nodes, literals and matches the steps between them.
#[derive(Debug)]
pub struct PathMatcher {
    /// Latest positions by three bytes, for short matches.
    short: LatestPositions,
    /// Latest positions by `CHAIN_KEY` bytes, for all others.
    latest: LatestPositions,
    /// By position modulo its length: how far before the same key stood, zero if it did not.
    earlier: Box<[u16; MAX_DISTANCE]>,
    nodes: Vec<Node>,
}

/// The cheapest way to a position.
#[derive(Debug, Clone, Copy)]
struct Node {
    bits: u32,
    /// The last step: its length, one for a literal.
    length: u16,
    distance: u16,
}

const UNREACHED: Node = Node { bits: u32::MAX, length: 1, distance: 0 };

const CHAIN_KEY: usize = 5;

/// Bytes that one way leads through.
const STRETCH: usize = 8 * 1024;

/// Earlier positions that are looked at from each position.
const DEPTH: usize = 8;

/// Length from which a match is taken without looking for better ways.
const LONG: usize = 64;

impl PathMatcher {
    pub fn new() -> Self {
        Self {
            short: LatestPositions::new(),
            latest: LatestPositions::new(),
            earlier: Box::new([0; MAX_DISTANCE]),
            nodes: Vec::with_capacity(STRETCH + 1),
        }
    }

    /// Covers a stretch to its end, or to where the block is full, and returns where that is.
    pub fn cover(&mut self, stretch: Stretch<'_>, prices: &Prices, out: &mut Sequences) -> usize {
        let Stretch { data, from, end: last, base, .. } = stretch;
        let mut covered = from;
        let mut at = from;
        while at < last && !out.is_full() {
            let end = (at + STRETCH).min(last);
            self.find_ways(data, at..end, base, prices);
            self.keep_cheapest();
            // The nodes now lead forwards.
            let mut node = 0;
            while let Some(&Node { length, distance, .. }) = self.nodes.get(node).filter(|_| at + node < end)
            {
                if distance > 0 {
                    let place = at + node;
                    out.count(data.get(covered..place).unwrap_or_default());
                    out.push(place - covered, length.into(), distance.into());
                    covered = place + usize::from(length);
                }
                node += usize::from(length);
            }
            at = end;
        }
        out.count(data.get(covered..at).unwrap_or_default());
        at
    }

    fn find_ways(&mut self, data: &Window, stretch: std::ops::Range<usize>, base: usize, prices: &Prices) {
        self.nodes.clear();
        self.nodes.resize(stretch.len() + 1, UNREACHED);
        self.nodes[0].bits = 0;
        let mut skip_to = stretch.start;
        for at in stretch.clone() {
            let position = base.wrapping_add(at);
            let step = self.latest.replace_wide(word(data, at) << (64 - 8 * CHAIN_KEY), position);
            let step = if step <= MAX_DISTANCE { step } else { 0 };
            self.earlier[position % MAX_DISTANCE] = step as u16;
            let close = self.short.replace_wide(word(data, at) << 40, position);
            if at < skip_to {
                continue;
            }
            let node = at - stretch.start;
            let Some((Node { bits, .. }, ahead)) =
                self.nodes.get_mut(node..).and_then(|n| n.split_first_mut())
            else {
                return;
            };
            let bits = *bits;
            reach(ahead, 1, 0, bits + data.get(at).map_or(0, |byte| prices.of_literal(*byte)));
            let reachable = at.min(MAX_DISTANCE);
            let limit = (at + MAX_LENGTH).min(stretch.end);
            let mut best = MIN_LENGTH - 1;
            let mut look = |distance: usize| {
                // A longer match differs from the best one so far at its end, if at all.
                if distance.wrapping_sub(1) >= reachable
                    || at + best >= limit
                    || data.get(at + best) != data.get(at + best - distance)
                {
                    return best;
                }
                let length = match_length(data, at, distance, limit);
                for length in best + 1..=length {
                    reach(ahead, length, distance, bits + prices.of_match(length, distance));
                }
                best = best.max(length);
                best
            };
            look(close);
            let mut distance = step;
            let mut length = look(distance);
            for _ in 1..DEPTH {
                if length >= LONG || distance == 0 || distance >= reachable {
                    break;
                }
                let step = usize::from(self.earlier[position.wrapping_sub(distance) % MAX_DISTANCE]);
                if step == 0 {
                    break;
                }
                distance += step;
                length = look(distance);
            }
            if length >= LONG {
                skip_to = at + length;
            }
        }
    }

    /// Turns the steps of the cheapest way, each kept at its end, into steps kept at their beginning.
    fn keep_cheapest(&mut self) {
        let mut at = self.nodes.len() - 1;
        let mut after = UNREACHED;
        loop {
            let step = std::mem::replace(&mut self.nodes[at], after);
            if at == 0 {
                return;
            }
            after = step;
            at = at.saturating_sub(usize::from(step.length));
        }
    }
}

/// Keeps a step if it is the cheapest to where it leads.
#[inline]
fn reach(ahead: &mut [Node], length: usize, distance: usize, bits: u32) {
    if let Some(node) = ahead.get_mut(length - 1).filter(|node| bits < node.bits) {
        *node = Node { bits, length: length as u16, distance: distance as u16 };
    }
}
