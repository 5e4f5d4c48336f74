//! Just enough DER (X.690) to find fields in what another parser found to be well-formed.

/// Tags that are looked for.
pub(crate) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
    pub(crate) const SEQUENCE: u8 = 0x30;
}

/// One element: its tag, what is in it, and all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) contents: &'a [u8],
    pub(crate) whole: &'a [u8],
}

/// Reads elements one after the other. Every `None` means that the bytes are not what they should be,
/// except of [`Reader::optional`].
#[derive(Debug, Clone)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The contents of the one element that `bytes` are.
    pub(crate) fn only(bytes: &'a [u8], tag: u8) -> Option<Self> {
        let mut reader = Self(bytes);
        let contents = reader.take(tag)?;
        reader.is_at_end().then_some(Self(contents))
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }

    /// The next element, of definite length below 2^32 and with a tag of one octet.
    pub(crate) fn element(&mut self) -> Option<Element<'a>> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81..=0x84 => {
                let (octets, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                let length = octets
                    .iter()
                    .fold(0_u32, |length, octet| length << 8 | u32::from(*octet));
                (usize::try_from(length).ok()?, rest)
            }
            _ => return None,
        };
        let (contents, rest) = rest.split_at_checked(length)?;
        let (whole, _) = self.0.split_at_checked(self.0.len() - rest.len())?;
        self.0 = rest;
        Some(Element {
            tag,
            contents,
            whole,
        })
    }

    /// The contents of the next element, which must have this tag.
    pub(crate) fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.element()
            .filter(|element| element.tag == tag)
            .map(|element| element.contents)
    }

    /// The contents of the next element if it has this tag; otherwise it stays where it is.
    pub(crate) fn optional(&mut self, tag: u8) -> Option<&'a [u8]> {
        let mut ahead = self.clone();
        let contents = ahead.take(tag)?;
        *self = ahead;
        Some(contents)
    }
}

/// Puts contents of less than 2^32 octets into a `SEQUENCE`.
pub(crate) fn sequence(contents: &[u8]) -> Vec<u8> {
    let length = u32::try_from(contents.len()).unwrap_or(u32::MAX);
    let mut der = vec![tag::SEQUENCE];
    match length.to_be_bytes() {
        [0, 0, 0, short @ 0..=0x7f] => der.push(short),
        [0, 0, 0, one] => der.extend([0x81, one]),
        [0, 0, two @ ..] => der.extend([&[0x82][..], &two].concat()),
        four => der.extend([&[0x84][..], &four].concat()),
    }
    der.extend(contents);
    der
}

/// The value of an extension in the contents of an `Extensions` sequence (RFC 5280 section 4.1).
pub(crate) fn extension<'a>(extensions: &'a [u8], identifier: &[u8]) -> Option<&'a [u8]> {
    let mut extensions = Reader::new(extensions);
    while let Some(extension) = extensions.take(tag::SEQUENCE) {
        let mut fields = Reader::new(extension);
        if fields.take(tag::OBJECT_IDENTIFIER)? == identifier {
            fields.optional(tag::BOOLEAN);
            return fields.take(tag::OCTET_STRING);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::test_kit::element;

    #[test]
    fn elements_of_every_length_are_read() {
        for length in [0, 1, 0x7f, 0x80, 0xff, 0x100, 0xffff] {
            let contents = vec![7; length];
            let der = [element(tag::SEQUENCE, &contents), vec![2, 1, 5]].concat();
            let mut reader = Reader::new(&der);
            assert_eq!(reader.optional(tag::INTEGER), None);
            assert_eq!(reader.take(tag::SEQUENCE), Some(contents.as_slice()));
            assert_eq!(reader.take(tag::INTEGER), Some(&[5][..]));
            assert!(reader.is_at_end());
            assert!(Reader::only(&der, tag::SEQUENCE).is_none());
            assert_eq!(sequence(&contents), element(tag::SEQUENCE, &contents));
        }
    }

    #[test]
    fn what_is_cut_off_or_indefinite_is_not_read() {
        for der in [
            &[][..],
            &[0x30],
            &[0x30, 1],
            &[0x30, 0x80, 0, 0],
            &[0x30, 0x82, 1],
            &[0x1f, 0x22, 0],
            &[0x30, 0x85, 0, 0, 0, 0, 0],
        ] {
            assert_eq!(Reader::new(der).element(), None, "{der:?}");
        }
    }

    proptest! {
        #[test]
        fn elements_add_up(bytes: Vec<u8>) {
            let mut reader = Reader::new(&bytes);
            let mut length = 0;
            while let Some(element) = reader.element() {
                length += element.whole.len();
            }
            prop_assert!(length <= bytes.len());
        }
    }
}
