//! Patterns of names: globs, and regular expressions between slashes.

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};
use regex::{Regex, RegexBuilder};

/// A longer list is refused: a push names up to 3,000 paths, and each is held against each pattern.
const MOST_PATTERNS: usize = 50;
const MOST_PATTERN_BYTES: usize = 500;
/// The most bytes that one expression may compile to. Matching takes time in proportion to this and to the name, never more.
const MOST_EXPRESSION_BYTES: usize = 256 * 1_024;

/// A compiled list of patterns. The empty one lets every name pass.
///
/// A pattern is a glob over the whole name: `*` stays within one segment, `**` as a whole segment stands for any number of them,
/// `?`, `[…]` and `{a,b}` mean what they do in a shell, also with an empty alternative, `\` takes a character for itself.
/// Between two slashes it is a regular expression, which matches anywhere unless anchored. After `!` it is a pattern of names
/// that do not pass. Case counts.
#[derive(Clone, Debug, Default)]
pub struct Patterns {
    wanted: Matchers,
    unwanted: Matchers,
}

/// A pattern that cannot be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPattern {
    /// The pattern itself is wrong.
    #[error("`{pattern}` is not a pattern: {why}")]
    Pattern {
        /// The pattern, as it was given.
        pattern: String,
        /// The error, in one line.
        why: String,
    },
    /// There are too many.
    #[error("{0} patterns are more than the {MOST_PATTERNS} that one list may have")]
    TooMany(usize),
    /// Each of them is right, and all together are too large.
    #[error("the patterns are too large together: {0}")]
    Together(String),
}

#[derive(Clone, Debug, Default)]
struct Matchers {
    globs: GlobSet,
    expressions: Vec<Regex>,
}

impl Patterns {
    /// Compiles a list.
    ///
    /// # Errors
    ///
    /// The first pattern that is empty, too long, no glob or no expression, or that would compile to something too large.
    pub fn compile(patterns: &[String]) -> Result<Self, InvalidPattern> {
        if patterns.len() > MOST_PATTERNS {
            return Err(InvalidPattern::TooMany(patterns.len()));
        }
        let (unwanted, wanted): (Vec<_>, Vec<_>) =
            patterns.iter().map(String::as_str).partition(|it| it.starts_with('!'));
        Ok(Self {
            wanted: Matchers::compile(wanted.into_iter())?,
            unwanted: Matchers::compile(unwanted.into_iter().map(|it| it.strip_prefix('!').unwrap_or(it)))?,
        })
    }

    /// True if a name passes: a pattern without `!` matches it, or there is none, and no pattern with `!` does. The order of the
    /// patterns means nothing.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        (self.wanted.is_empty() || self.wanted.match_any(name)) && !self.unwanted.match_any(name)
    }

    /// True if there is no pattern at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty() && self.unwanted.is_empty()
    }
}

impl Matchers {
    fn compile<'a>(patterns: impl Iterator<Item = &'a str>) -> Result<Self, InvalidPattern> {
        let (mut globs, mut expressions) = (GlobSetBuilder::new(), Vec::new());
        for pattern in patterns {
            let wrong = |why| InvalidPattern::Pattern {
                pattern: shown(pattern),
                why,
            };
            match pattern.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')) {
                _ if pattern.len() > MOST_PATTERN_BYTES => {
                    return Err(wrong("it is longer than 500 bytes".to_owned()));
                }
                Some(expression) => expressions.push(compile_expression(expression).map_err(wrong)?),
                None => {
                    globs.add(compile_glob(pattern).map_err(wrong)?);
                }
            }
        }
        let globs = globs
            .build()
            .map_err(|error| InvalidPattern::Together(error.kind().to_string()))?;
        Ok(Self { globs, expressions })
    }

    fn is_empty(&self) -> bool {
        self.globs.is_empty() && self.expressions.is_empty()
    }

    fn match_any(&self, name: &str) -> bool {
        self.globs.is_match(name) || self.expressions.iter().any(|it| it.is_match(name))
    }
}

/// Built alone first: an error of the whole set would not name the pattern.
fn compile_glob(pattern: &str) -> Result<Glob, String> {
    if pattern.is_empty() {
        return Err("it is empty".to_owned());
    }
    let glob = GlobBuilder::new(pattern)
        .literal_separator(true)
        .backslash_escape(true)
        .empty_alternates(true)
        .build();
    let alone = glob.and_then(|glob| GlobSet::new([glob.clone()]).map(|_| glob));
    alone.map_err(|error| error.kind().to_string())
}

fn compile_expression(expression: &str) -> Result<Regex, String> {
    if expression.is_empty() {
        return Err("the expression is empty".to_owned());
    }
    let built = RegexBuilder::new(expression)
        .size_limit(MOST_EXPRESSION_BYTES)
        .dfa_size_limit(MOST_EXPRESSION_BYTES)
        .build();
    built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "the expression is too large".to_owned(),
        // The last line says what is wrong, those before draw where.
        error => error
            .to_string()
            .lines()
            .last()
            .unwrap_or_default()
            .trim_start_matches("error: ")
            .to_owned(),
    })
}

fn shown(pattern: &str) -> String {
    pattern.chars().take(120).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn compile(patterns: &[&str]) -> Result<Patterns, InvalidPattern> {
        Patterns::compile(&patterns.iter().map(|&it| it.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_name_passes_by_the_patterns() {
        for (patterns, pass, stop) in [
            (&[][..], &["", "main", "a/b"][..], &[][..]),
            (&["main"], &["main"], &["Main", "main2", "a/main", ""]),
            (&["*"], &["main"], &["feature/x"]),
            (&["**"], &["main", "feature/x/y"], &[]),
            (&["feature/*"], &["feature/x"], &["feature/x/y", "feature"]),
            (
                &["feature/**"],
                &["feature/x", "feature/x/y"],
                &["feature", "features/x"],
            ),
            (&["**/docs/**"], &["docs/a", "a/docs/b/c"], &["docs", "a/docsx/b"]),
            (&["*.md"], &["README.md"], &["docs/README.md"]),
            (&["**/*.md"], &["README.md", "docs/a/README.md"], &["README.mdx"]),
            (&["v?.[0-9]"], &["v1.2"], &["v12.2", "v1.x", "v/.2"]),
            (&["{main,release/*}"], &["main", "release/1"], &["release/1/2"]),
            (&["*.y{,a}ml"], &["ci.yml", "ci.yaml"], &["ci.yxml", "ci.y{,a}ml"]),
            (&["main{,-*}"], &["main", "main-1"], &["mainline", "-1"]),
            (&["{,feature/}x"], &["x", "feature/x"], &["/x", "feature/"]),
            (&["a{b,,c}d"], &["abd", "ad", "acd"], &["abcd", "aed"]),
            (&["main", "!release{,s}/**"], &["main"], &["release/1", "releases/1"]),
            (&["main", "release/*"], &["main", "release/1"], &["dev"]),
            (&["!main"], &["dev"], &["main"]),
            (&["**", "!release/**"], &["main"], &["release/1"]),
            (&["!release/**", "**"], &["main"], &["release/1"]),
            (&["main", "!main"], &[], &["main", "dev"]),
            (&["/^v\\d+$/"], &["v1", "v22"], &["v1a", "xv1"]),
            (&["/fix/"], &["hotfix/x"], &["feature"]),
            (&["!/^wip/"], &["main"], &["wip/x", "wip"]),
            (&["/a/b/"], &["xa/by"], &["a-b"]),
            (&["\\!odd"], &["!odd"], &["odd"]),
            (&["ä*"], &["äö"], &["ö"]),
        ] {
            let compiled = compile(patterns).unwrap();
            assert!(compiled.is_empty() == patterns.is_empty());
            for name in pass {
                assert!(compiled.matches(name), "{patterns:?} {name}");
            }
            for name in stop {
                assert!(!compiled.matches(name), "{patterns:?} {name}");
            }
        }
    }

    #[test]
    fn what_cannot_be_compiled_is_named() {
        let long = "x".repeat(501);
        for bad in [
            "",
            "!",
            "//",
            "!//",
            "/(/",
            "[a",
            "{a",
            "a\\",
            "/(?=x)/",
            "/\\w{900}\\w{900}/",
            &long,
        ] {
            let error = compile(&["main", bad]).unwrap_err().to_string();
            let named = bad.strip_prefix('!').unwrap_or(bad);
            let start: String = named.chars().take(120).flat_map(char::escape_debug).collect();
            assert!(
                error.starts_with(&format!("`{start}` is not a pattern: ")) && !error.contains('\n'),
                "{error}"
            );
            assert!(!error.ends_with(": "), "{error}");
        }
        let many = vec!["a"; 51];
        assert_eq!(compile(&many).unwrap_err(), InvalidPattern::TooMany(51));
        assert!(compile(&many[..50]).is_ok());
    }

    #[test]
    fn an_expression_that_backtracks_elsewhere_is_quick() {
        let compiled = compile(&["/^(a+)+$/", "*a*a*a*a*a*a*a*a*a*a*b"]).unwrap();
        assert!(!compiled.matches(&format!("{}!", "a".repeat(50_000))));
    }

    proptest! {
        #[test]
        fn no_list_and_no_name_stops_the_program(patterns in proptest::collection::vec("[ -~äß]{0,12}", 0..6), name in ".{0,40}") {
            if let Ok(compiled) = Patterns::compile(&patterns) {
                let passes = compiled.matches(&name);
                prop_assert!(passes || !compiled.is_empty());
            }
        }

        #[test]
        fn a_plain_name_passes_itself_alone(name in "[a-z][a-z0-9/_-]{0,20}[a-z]", other in "[a-z][a-z0-9/_-]{0,20}[a-z]") {
            let compiled = compile(&[&name]).unwrap();
            prop_assert!(compiled.matches(&name));
            prop_assert_eq!(compiled.matches(&other), name == other);
        }
    }
}
