//! The paths of its own crate that a file names.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::modules::ModulePath;

/// All paths in a file that begin with `crate` or `super`, in imports and in code. What is compiled for tests only is left out. At the
/// root of a crate the paths of all imports are among them: there, `pub use module::Name` tells where a name is defined.
pub fn imports(text: &str, module: &ModulePath) -> BTreeSet<ModulePath> {
    let mut reader = Reader {
        module,
        found: BTreeSet::new(),
    };
    reader.scan(text.parse().unwrap());
    reader.found
}

struct Reader<'m> {
    /// The module that the file is.
    module: &'m ModulePath,
    found: BTreeSet<ModulePath>,
}

impl Reader<'_> {
    fn scan(&mut self, stream: TokenStream) {
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let rest = &tokens[at + 1..];
            match token {
                TokenTree::Group(_) if is_test_only(&tokens[..=at]) => at += item_length(rest),
                TokenTree::Group(group) => self.scan(group.stream()),
                TokenTree::Ident(ident) if ident == "crate" => self.path(&[], rest),
                // The second of `super::super` was followed with the first.
                TokenTree::Ident(ident)
                    if ident == "super" && !is_punct(at.checked_sub(1).map(|it| &tokens[it]), ':') =>
                {
                    self.path(parent(self.module), rest);
                }
                TokenTree::Ident(ident) if ident == "use" && self.module.is_empty() => self.tree(&[], rest),
                _ => {}
            }
            at += 1;
        }
    }

    /// Follows a path on, if the next tokens are `::`.
    fn path(&mut self, before: &[String], tokens: &[TokenTree]) {
        if is_punct(tokens.first(), ':') && is_punct(tokens.get(1), ':') {
            self.tree(before, &tokens[2..]);
        }
    }

    /// Follows the next part of a path: a name, `self`, `super`, or a group of parts in braces. A path from `crate` is read by `scan`.
    fn tree(&mut self, before: &[String], tokens: &[TokenTree]) {
        match tokens {
            [TokenTree::Ident(ident), ..] if ident == "crate" => {}
            [TokenTree::Ident(ident), rest @ ..] if ident == "self" => self.path(before, rest),
            [TokenTree::Ident(ident), rest @ ..] if ident == "super" => self.path(parent(before), rest),
            [TokenTree::Ident(ident), rest @ ..] => {
                let path = [before, &[ident.to_string()]].concat();
                self.path(&path, rest);
                self.found.insert(path);
            }
            [TokenTree::Group(group), ..] if group.delimiter() == Delimiter::Brace => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                for part in inner.split(|token| is_punct(Some(token), ',')) {
                    self.tree(before, part);
                }
            }
            _ => {}
        }
    }
}

fn parent(module: &[String]) -> &[String] {
    module.split_last().map_or(&[], |(_, above)| above)
}

fn is_punct(token: Option<&TokenTree>, expected: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == expected)
}

/// Tells whether the last of these tokens ends the attribute `#[cfg(test)]`.
fn is_test_only(tokens: &[TokenTree]) -> bool {
    let [.., hash, group] = tokens else { return false };
    is_punct(Some(hash), '#') && group.to_string().replace(' ', "") == "[cfg(test)]"
}

/// The number of tokens up to the end of an item, which is a block in braces or a semicolon.
fn item_length(tokens: &[TokenTree]) -> usize {
    let is_end = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        other => is_punct(Some(other), ';'),
    };
    tokens.iter().position(is_end).map_or(tokens.len(), |at| at + 1)
}
