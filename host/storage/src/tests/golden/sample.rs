//! A sample of any type that can be read, with its shape in words: every field, in order, and the names of every variant. Made by answering
//! whatever the type's own reading asks for.

use serde::Deserialize;
use serde::de::value::Error;
use serde::de::{
    DeserializeSeed, EnumAccess, Error as _, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

/// One value of a type, each number 1 and each list of one, and the shape of the type.
pub(super) fn sample<T: for<'de> Deserialize<'de>>() -> (T, String) {
    let mut shape = String::new();
    let value = T::deserialize(Sampler(&mut shape)).unwrap();
    (value, shape)
}

struct Sampler<'s>(&'s mut String);

macro_rules! plain {
    ($($method:ident $visit:ident $word:literal $value:expr;)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.0.push_str($word);
            visitor.$visit($value)
        })*
    };
}

impl<'de> serde::Deserializer<'de> for Sampler<'_> {
    type Error = Error;

    plain! {
        deserialize_bool visit_bool "bool" true;
        deserialize_u8 visit_u8 "u8" 1;
        deserialize_u16 visit_u16 "u16" 1;
        deserialize_u32 visit_u32 "u32" 1;
        deserialize_u64 visit_u64 "u64" 1;
        deserialize_i64 visit_i64 "i64" 1;
        deserialize_str visit_str "text" "x";
        deserialize_string visit_str "text" "x";
        deserialize_bytes visit_bytes "bytes" &[1; 16];
        deserialize_byte_buf visit_bytes "bytes" &[1; 16];
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.0.push('?');
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.0.push('[');
        let value = visitor.visit_seq(Items::unnamed(self.0, 1))?;
        self.0.push(']');
        Ok(value)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.0.push('[');
        let value = visitor.visit_map(Items::unnamed(self.0, 1))?;
        self.0.push(']');
        Ok(value)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        self.0.push('(');
        let value = visitor.visit_seq(Items::unnamed(self.0, len))?;
        self.0.push(')');
        Ok(value)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_tuple(len, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.push_str(name);
        self.0.push('{');
        let value = visitor.visit_seq(Items {
            shape: self.0,
            names: fields,
            left: fields.len(),
            is_first: true,
        })?;
        self.0.push('}');
        Ok(value)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.push_str(name);
        self.0.push('<');
        self.0.push_str(&variants.join("|"));
        let value = visitor.visit_enum(Sampler(&mut *self.0))?;
        self.0.push('>');
        Ok(value)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("a type that rows have not had so far"))
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    forward_to_deserialize_any! { i8 i16 i32 i128 u128 f32 f64 char unit unit_struct identifier ignored_any }
}

/// The items of a list, or the fields of a struct.
struct Items<'s> {
    shape: &'s mut String,
    names: &'static [&'static str],
    left: usize,
    is_first: bool,
}

impl<'s> Items<'s> {
    const fn unnamed(shape: &'s mut String, left: usize) -> Self {
        Self {
            shape,
            names: &[],
            left,
            is_first: true,
        }
    }
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        if !std::mem::take(&mut self.is_first) {
            self.shape.push_str(", ");
        }
        if let Some((name, others)) = self.names.split_first() {
            self.names = others;
            self.shape.push_str(name);
            self.shape.push_str(": ");
        }
        seed.deserialize(Sampler(self.shape)).map(Some)
    }

    /// Known, as it is where rows are read: else an array would be read as a list.
    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

impl<'de> MapAccess<'de> for Items<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        self.next_element_seed(seed)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Error> {
        self.shape.push_str(" → ");
        seed.deserialize(Sampler(self.shape))
    }
}

/// The first variant of an enum.
impl<'de> EnumAccess<'de> for Sampler<'_> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        let first = IntoDeserializer::<Error>::into_deserializer(0_u32);
        Ok((seed.deserialize(first)?, self))
    }
}

impl<'de> VariantAccess<'de> for Sampler<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        self.0.push(' ');
        seed.deserialize(Sampler(self.0))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        serde::Deserializer::deserialize_tuple(self, len, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Error> {
        serde::Deserializer::deserialize_struct(self, "", fields, visitor)
    }
}
