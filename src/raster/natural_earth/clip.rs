//! Cutting polygons and lines to a box, so that a tile pays only for what it shows.

use crate::geo::{Extent, Point};

/// A polygon rim cut to a box (Sutherland and Hodgman, "Reentrant polygon clipping", 1974). What lies outside is
/// replaced by pieces of the box's rim, which is right for filling and wrong for stroking.
pub fn polygon(rim: &[Point], to: &Extent) -> Vec<Point> {
    type Side = (fn(Point, &Extent) -> f64, fn(Point, Point, f64) -> Point);
    let along: fn(Point, Point, f64) -> Point =
        |a, b, t| Point { x: a.x + (b.x - a.x) * t, y: a.y + (b.y - a.y) * t };
    let sides: [Side; 4] = [
        (|p, e| p.x - e.min_x, along),
        (|p, e| e.max_x - p.x, along),
        (|p, e| p.y - e.min_y, along),
        (|p, e| e.max_y - p.y, along),
    ];
    let mut points = rim.to_vec();
    for (inside_by, between) in sides {
        let Some(mut last) = points.last().copied() else { break };
        let mut kept = Vec::with_capacity(points.len());
        for point in points {
            let (from, to_here) = (inside_by(last, to), inside_by(point, to));
            if (from >= 0.0) != (to_here >= 0.0) {
                kept.push(between(last, point, from / (from - to_here)));
            }
            if to_here >= 0.0 {
                kept.push(point);
            }
            last = point;
        }
        points = kept;
    }
    points
}

/// The runs of a line that come near a box: a segment is kept whole when its own box touches it.
pub fn runs<'a>(
    points: &'a [Point],
    seams: &'a [usize],
    near: &'a Extent,
) -> impl Iterator<Item = &'a [Point]> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let keeps = |segment: usize| {
            let (Some(a), Some(b)) = (points.get(segment), points.get(segment + 1)) else { return false };
            let around =
                Extent { min_x: a.x.min(b.x), min_y: a.y.min(b.y), max_x: a.x.max(b.x), max_y: a.y.max(b.y) };
            around.touches(near) && seams.binary_search(&segment).is_err()
        };
        while at + 1 < points.len() && !keeps(at) {
            at += 1;
        }
        let first = at;
        while at + 1 < points.len() && keeps(at) {
            at += 1;
        }
        (at > first).then(|| points.get(first..=at)).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOX: Extent = Extent { min_x: 0.0, min_y: 0.0, max_x: 10.0, max_y: 10.0 };

    fn p(x: f64, y: f64) -> Point {
        Point { x, y }
    }

    fn area(points: &[Point]) -> f64 {
        let next = points.iter().cycle().skip(1);
        points.iter().zip(next).map(|(a, b)| a.x * b.y - b.x * a.y).sum::<f64>().abs() / 2.0
    }

    #[test]
    fn polygons_keep_the_area_inside() {
        let square = [p(5.0, 5.0), p(15.0, 5.0), p(15.0, 15.0), p(5.0, 15.0)];
        assert_eq!(area(&polygon(&square, &BOX)), 25.0);
        let around = [p(-5.0, -5.0), p(15.0, -5.0), p(15.0, 15.0), p(-5.0, 15.0)];
        assert_eq!(area(&polygon(&around, &BOX)), 100.0);
        let outside = [p(20.0, 20.0), p(30.0, 20.0), p(30.0, 30.0)];
        assert!(polygon(&outside, &BOX).is_empty());
    }

    #[test]
    fn lines_are_kept_where_they_come_near() {
        let line = [p(-9.0, 5.0), p(-5.0, 5.0), p(5.0, 5.0), p(15.0, 5.0), p(25.0, 5.0), p(9.0, 9.0)];
        let kept: Vec<usize> = runs(&line, &[], &BOX).map(<[Point]>::len).collect();
        assert_eq!(kept, [3, 2]);
        let kept: Vec<usize> = runs(&line, &[1], &BOX).map(<[Point]>::len).collect();
        assert_eq!(kept, [2, 2]);
    }
}
