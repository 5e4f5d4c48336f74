//! Reads types out of a [`Node`], with mistakes said in words for people.
//!
//! This is a serde deserializer whose errors carry the place and the path of the value, and no
//! Rust type names. Text may stand with or without quotes, so that an OIN written without quotes
//! keeps its leading zeros; numbers and booleans stand without.

use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

use super::mistake::{Mistake, listed};
use super::tree::{Content, Entry, Node, Step};

/// Reads `T` out of a tree.
pub(super) fn read<T: de::DeserializeOwned>(root: &Node) -> Result<T, Mistake> {
    T::deserialize(Reader(root)).map_err(|mut mistake| {
        mistake.path.reverse();
        mistake
    })
}

struct Reader<'tree>(&'tree Node);

impl<'tree> Reader<'tree> {
    /// The text of a scalar; anything else is a mistake.
    fn scalar(&self, expected: &str) -> Result<(&'tree str, bool), Mistake> {
        if self.0.is_nothing() {
            return Err(Mistake::value(
                "nothing stands here",
                format!("write {expected}, or remove the key"),
            ));
        }
        let found = match &self.0.content {
            Content::Scalar { text, quoted } => return Ok((text, *quoted)),
            Content::List(_) => "a list",
            Content::Map(_) | Content::TakenOut => "keys and values",
        };
        Err(Mistake::value(
            format!("expected {expected}, found {found}"),
            format!("write {expected}"),
        ))
    }

    fn text<V: Visitor<'tree>>(&self, visitor: V) -> Result<V::Value, Mistake> {
        let (text, _) = self.scalar("a text")?;
        visitor.visit_borrowed_str(text)
    }

    fn number<V: Visitor<'tree>>(&self, visitor: V) -> Result<V::Value, Mistake> {
        const EXPECTED: &str = "a whole number without quotes, dots or units";
        let (text, quoted) = self.scalar(EXPECTED)?;
        let digits = text.strip_prefix('-').unwrap_or(text);
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if quoted || !is_number {
            return Err(Mistake::value(
                format!("expected {EXPECTED}, found `{text}`"),
                "write digits only, for example 30",
            ));
        }
        if let Ok(number) = text.parse::<u64>() {
            visitor.visit_u64(number)
        } else if let Ok(number) = text.parse::<i64>() {
            visitor.visit_i64(number)
        } else {
            Err(Mistake::value(
                format!("the number `{text}` is too large"),
                "write a smaller one",
            ))
        }
    }

    fn boolean<V: Visitor<'tree>>(&self, visitor: V) -> Result<V::Value, Mistake> {
        const EXPECTED: &str = "`true` or `false` without quotes";
        match self.scalar(EXPECTED)? {
            ("true", false) => visitor.visit_bool(true),
            ("false", false) => visitor.visit_bool(false),
            (text, _) => Err(Mistake::value(
                format!("expected {EXPECTED}, found `{text}`"),
                format!("write {EXPECTED}"),
            )),
        }
    }

    fn list<V: Visitor<'tree>>(&self, visitor: V) -> Result<V::Value, Mistake> {
        match &self.0.content {
            Content::List(items) => visitor.visit_seq(Items {
                items: items.iter().enumerate(),
            }),
            _ if self.0.is_nothing() => Err(Mistake::value(
                "nothing stands here",
                "write a list, `[]` for an empty one, or remove the key",
            )),
            Content::Scalar { .. } => Err(Mistake::value(
                "expected a list, found one value",
                "put `- ` before each item on its own line, or write `[..]`",
            )),
            Content::Map(_) | Content::TakenOut => Err(Mistake::value(
                "expected a list, found keys and values",
                "put `- ` before the first key",
            )),
        }
    }

    fn map<V: Visitor<'tree>>(&self, visitor: V) -> Result<V::Value, Mistake> {
        match &self.0.content {
            Content::Map(entries) => visitor.visit_map(Entries {
                entries: entries.iter(),
                current: None,
            }),
            _ if self.0.is_nothing() => Err(Mistake::value(
                "nothing stands here",
                "fill it, write `{}` to take every default, or remove the key",
            )),
            _ => Err(Mistake::value(
                "expected keys and values here",
                "write each key with its value on a line of its own, or `{ key: value }`",
            )),
        }
    }

    /// Gives a mistake the place of this node, unless it happened deeper.
    fn placed<T>(&self, result: Result<T, Mistake>) -> Result<T, Mistake> {
        result.map_err(|mistake| mistake.at(self.0.position))
    }
}

macro_rules! read_as {
    ($way:ident: $($method:ident)*) => {
        $(fn $method<V: Visitor<'tree>>(self, visitor: V) -> Result<V::Value, Mistake> {
            self.placed(self.$way(visitor))
        })*
    };
}

impl<'tree> Deserializer<'tree> for Reader<'tree> {
    type Error = Mistake;

    read_as!(text: deserialize_str deserialize_string deserialize_char deserialize_identifier
        deserialize_bytes deserialize_byte_buf);
    read_as!(number: deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
        deserialize_u128 deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_i128 deserialize_f32 deserialize_f64);
    read_as!(boolean: deserialize_bool);
    read_as!(list: deserialize_seq);
    read_as!(map: deserialize_map);

    /// Only for types that accept anything; none of our own does.
    fn deserialize_any<V: Visitor<'tree>>(self, visitor: V) -> Result<V::Value, Mistake> {
        let result = match &self.0.content {
            Content::Scalar { .. } => self.text(visitor),
            Content::List(_) => self.list(visitor),
            Content::Map(_) | Content::TakenOut => self.map(visitor),
        };
        self.placed(result)
    }

    /// A key that is there has a value: nothing (`key:` with nothing behind it) is a mistake that
    /// would otherwise quietly turn a role off.
    fn deserialize_option<V: Visitor<'tree>>(self, visitor: V) -> Result<V::Value, Mistake> {
        visitor.visit_some(self)
    }

    fn deserialize_unit<V: Visitor<'tree>>(self, visitor: V) -> Result<V::Value, Mistake> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'tree>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'tree>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_tuple<V: Visitor<'tree>>(
        self,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'tree>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_struct<V: Visitor<'tree>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'tree>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        let result = self
            .scalar(&listed(variants))
            .and_then(|(text, _)| visitor.visit_enum(Word(text)));
        self.placed(result)
    }

    fn deserialize_ignored_any<V: Visitor<'tree>>(self, visitor: V) -> Result<V::Value, Mistake> {
        visitor.visit_unit()
    }
}

struct Items<'tree> {
    items: std::iter::Enumerate<std::slice::Iter<'tree, Node>>,
}

impl<'tree> SeqAccess<'tree> for Items<'tree> {
    type Error = Mistake;

    fn next_element_seed<T: DeserializeSeed<'tree>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Mistake> {
        let left = |(_, item): &(usize, &Node)| item.content != Content::TakenOut;
        let Some((index, item)) = self.items.find(left) else {
            return Ok(None);
        };
        seed.deserialize(Reader(item))
            .map(Some)
            .map_err(|mistake| mistake.at(item.position).under(Step::Index(index)))
    }
}

struct Entries<'tree> {
    entries: std::slice::Iter<'tree, Entry>,
    current: Option<&'tree Entry>,
}

impl<'tree> MapAccess<'tree> for Entries<'tree> {
    type Error = Mistake;

    fn next_key_seed<K: DeserializeSeed<'tree>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Mistake> {
        self.current = self.entries.next();
        let Some(entry) = self.current else {
            return Ok(None);
        };
        seed.deserialize(entry.key.as_str().into_deserializer())
            .map(Some)
            .map_err(|mistake: Mistake| {
                mistake
                    .at(entry.key_position)
                    .under(Step::Key(entry.key.clone()))
            })
    }

    fn next_value_seed<V: DeserializeSeed<'tree>>(&mut self, seed: V) -> Result<V::Value, Mistake> {
        let Some(entry) = self.current else {
            return Err(Mistake::value(
                "a value was asked for before its key",
                "write each key with its value",
            ));
        };
        seed.deserialize(Reader(&entry.value)).map_err(|mistake| {
            mistake
                .at(entry.value.position)
                .under(Step::Key(entry.key.clone()))
        })
    }
}

/// A word that chooses one of several.
struct Word<'tree>(&'tree str);

impl Word<'_> {
    /// The mistake of a word that cannot stand alone.
    fn more(&self, needed: &str) -> Mistake {
        Mistake::value(
            format!("`{}` needs {needed}", self.0),
            format!("write `{}:` and {needed}", self.0),
        )
    }
}

impl<'tree> EnumAccess<'tree> for Word<'tree> {
    type Error = Mistake;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'tree>>(self, seed: V) -> Result<(V::Value, Self), Mistake> {
        let value = seed.deserialize(self.0.into_deserializer())?;
        Ok((value, self))
    }
}

impl<'tree> VariantAccess<'tree> for Word<'tree> {
    type Error = Mistake;

    fn unit_variant(self) -> Result<(), Mistake> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'tree>>(self, _: T) -> Result<T::Value, Mistake> {
        Err(self.more("a value"))
    }

    fn tuple_variant<V: Visitor<'tree>>(self, _: usize, _: V) -> Result<V::Value, Mistake> {
        Err(self.more("a list"))
    }

    fn struct_variant<V: Visitor<'tree>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Mistake> {
        Err(self.more("keys and values"))
    }
}
