//! Writing an object.

/// An object, written a field at a time. Small, where a serializer is not.
///
/// ```
/// # use forgegate_sdk::json::Object;
/// let body = Object::new()
///     .text("name", "a \"b\"")
///     .text_if("url", None)
///     .number("id", 7)
///     .flag("active", true)
///     .raw("events", "[]")
///     .object("config", Object::new().text("kind", "json"));
/// assert_eq!(body.finish(), r#"{"name":"a \"b\"","id":7,"active":true,"events":[],"config":{"kind":"json"}}"#);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Object(String);

impl Object {
    /// An empty object.
    pub fn new() -> Self {
        Self::default()
    }

    /// With a string.
    #[must_use]
    pub fn text(self, name: &str, value: &str) -> Self {
        self.raw(name, &["\"", &escaped(value), "\""].concat())
    }

    /// With a string where there is one; otherwise without the field.
    #[must_use]
    pub fn text_if(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    /// With a number.
    #[must_use]
    pub fn number(self, name: &str, value: u64) -> Self {
        self.raw(name, &value.to_string())
    }

    /// With a flag.
    #[must_use]
    pub fn flag(self, name: &str, value: bool) -> Self {
        self.raw(name, if value { "true" } else { "false" })
    }

    /// With a list of strings.
    #[must_use]
    pub fn texts(self, name: &str, values: &[&str]) -> Self {
        let quoted: Vec<String> = values
            .iter()
            .map(|value| ["\"", &escaped(value), "\""].concat())
            .collect();
        self.raw(name, &["[", &quoted.join(","), "]"].concat())
    }

    /// With an object.
    #[must_use]
    pub fn object(self, name: &str, value: Self) -> Self {
        self.raw(name, &value.finish())
    }

    /// With a value that is JSON already. The name must need no escaping.
    #[must_use]
    pub fn raw(mut self, name: &str, value: &str) -> Self {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        self.0.extend(["\"", name, "\":", value]);
        self
    }

    /// The object as text.
    pub fn finish(self) -> String {
        if self.0.is_empty() {
            "{}".to_owned()
        } else {
            self.0 + "}"
        }
    }
}

/// The text as it stands between the quotes of a JSON string.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\\' => escaped.extend(['\\', c]),
            '\n' => escaped.push_str("\\n"),
            c if c < ' ' => escaped.extend(["\\u00", &crate::hex::encode(&[c as u8])]),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_without_fields_is_one() {
        assert_eq!(Object::new().finish(), "{}");
    }

    #[test]
    fn a_list_of_strings_is_written() {
        assert_eq!(Object::new().texts("a", &["b", "\""]).finish(), r#"{"a":["b","\""]}"#);
        assert_eq!(Object::new().texts("a", &[]).finish(), r#"{"a":[]}"#);
    }

    #[test]
    fn what_json_does_not_take_is_escaped() {
        let text = "a\"b\\c\nd\u{1}\u{1f}\u{7f}ü";
        assert_eq!(escaped(text), "a\\\"b\\\\c\\nd\\u0001\\u001f\u{7f}ü");
        let read: String = serde_json::from_str(&["\"", &escaped(text), "\""].concat()).unwrap();
        assert_eq!(read, text);
    }
}
