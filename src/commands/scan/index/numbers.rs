//! Lists of small numbers, a few bytes each.

use super::number;

/// Lists of numbers, packed: seven bits a byte, the lowest first, and one bit for whether more
/// follow; each list opens with its length.
#[derive(Default)]
pub(super) struct Numbers(Vec<u8>);

/// One list of [`Numbers`].
#[derive(Clone)]
pub(in crate::commands) struct NumbersOf<'n> {
    left: u32,
    rest: &'n [u8],
}

impl Numbers {
    /// Adds a list; where it starts.
    pub(super) fn add(&mut self, numbers: &[u32]) -> usize {
        let start = self.0.len();
        self.push(number(numbers.len()));
        numbers.iter().for_each(|number| self.push(*number));
        start
    }

    /// Gives back the memory that is not used.
    pub(super) fn shrink(&mut self) {
        self.0.shrink_to_fit();
    }

    fn push(&mut self, mut number: u32) {
        while number > 0x7f {
            self.0.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.0.push((number & 0x7f) as u8);
    }

    /// The list that starts there.
    pub(super) fn at(&self, start: usize) -> NumbersOf<'_> {
        let mut list = NumbersOf {
            left: 1,
            rest: &self.0[start..],
        };
        list.left = list.next().unwrap_or_default();
        list
    }
}

impl Iterator for NumbersOf<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        self.left = self.left.checked_sub(1)?;
        let last = self.rest.iter().position(|byte| byte & 0x80 == 0)?;
        let (number, rest) = self.rest.split_at(last + 1);
        self.rest = rest;
        let parts = number.iter().rev();
        Some(parts.fold(0, |all, part| all << 7 | u32::from(part & 0x7f)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_packed_and_read_again() {
        let lists: [&[u32]; 4] = [&[], &[0, 127, 128], &[u32::MAX, 1], &[16_383, 16_384]];
        let mut all = Numbers::default();
        let starts = lists.map(|list| all.add(list));
        assert_eq!(starts, [0, 1, 6, 13]);
        for (list, start) in lists.iter().zip(starts) {
            assert_eq!(all.at(start).collect::<Vec<u32>>(), *list);
        }
    }
}
