use proptest::prelude::*;

use super::*;

fn shorthands() -> Vec<Shorthand> {
    [("github", "github.com"), ("gitlab", "gitlab.com")]
        .map(|(prefix, host)| Shorthand {
            prefix: prefix.into(),
            host: host.into(),
        })
        .into()
}

fn identity(text: &str) -> Result<String, InvalidRepository> {
    RepositoryIdentity::parse(text, &shorthands()).map(|it| it.to_string())
}

#[test]
fn every_spelling_has_its_canonical_form() {
    for (text, canonical) in [
        ("https://github.com/acme/widgets", "github.com/acme/widgets"),
        ("https://GitHub.com/Acme/Widgets.git", "github.com/acme/widgets"),
        ("http://github.com:80/acme/widgets/", "github.com/acme/widgets"),
        (
            "https://ann:pw@github.com:8443/acme/widgets.git//",
            "github.com/acme/widgets",
        ),
        (
            "https://github.com./acme//widgets?ref=main#readme",
            "github.com/acme/widgets",
        ),
        ("git+https://github.com/acme/widgets", "github.com/acme/widgets"),
        ("git+ssh://git@github.com/acme/widgets.git", "github.com/acme/widgets"),
        ("ssh://git@github.com:2222/acme/widgets.git", "github.com/acme/widgets"),
        ("git://github.com/acme/widgets.git", "github.com/acme/widgets"),
        ("git@github.com:acme/widgets.git", "github.com/acme/widgets"),
        ("git@github.com:/acme/widgets.git", "github.com/acme/widgets"),
        ("git@[github.com:2222]:acme/widgets.git", "github.com/acme/widgets"),
        ("github.com:acme/widgets", "github.com/acme/widgets"),
        ("github:acme/widgets", "github.com/acme/widgets"),
        ("GITHUB:Acme/Widgets?ref=main", "github.com/acme/widgets"),
        ("https://gitlab.com/a/b/c/d.git", "gitlab.com/a/b/c/d"),
        ("gitlab:a/b/c/d", "gitlab.com/a/b/c/d"),
        ("https://h.example/gitea/acme/widgets", "h.example/gitea/acme/widgets"),
        ("https://git.sr.ht/~ann/widgets", "git.sr.ht/~ann/widgets"),
        ("https://git.sr.ht/%7Eann/widgets", "git.sr.ht/~ann/widgets"),
        ("https://[2001:DB8:0::1]:3000/a/b.git", "[2001:db8::1]/a/b"),
        ("git@[2001:db8::1]:a/b.git", "[2001:db8::1]/a/b"),
        ("https://bücher.example/Ä/b", "bücher.example/Ä/b"),
        ("https://h/a/b.git.git", "h/a/b.git"),
        ("https://h/a/-b", "h/a/-b"),
        ("git@h:2222/a", "h/2222/a"),
    ] {
        assert_eq!(identity(text).as_deref(), Ok(canonical), "{text}");
    }
}

#[test]
fn what_names_no_repository_of_another_host_is_refused() {
    for text in [
        "",
        "acme/widgets",
        "github.com/acme/widgets",
        "/srv/git/widgets.git",
        "./widgets",
        "file:///srv/git/widgets.git",
        "file:/srv/widgets",
        "FILE:widgets",
        "ext::sh -c id",
        "ext::sh",
        "https::https://h/a/b",
        "foo::https://h/a/b",
        "git+foo::h",
        "ftp://h/a/b",
        "https:a/b",
        "javascript://h/a",
        "-oProxyCommand=id",
        "--upload-pack=id",
        "ssh://-oProxyCommand=id/a/b",
        "ssh://-oProxyCommand=id@h/a/b",
        "-l@h:a/b",
        "git@-h:a/b",
        "git@h:-a/b",
        "https://h/-a/b",
        "https://h",
        "https://h/",
        "https://h/.git",
        "https://h/a/.git",
        "https:///a/b",
        "https://:443/a/b",
        "https://u@/a/b",
        "git@:a/b",
        "git@h:",
        "github:",
        "https://h:port/a/b",
        "https://h:99999/a/b",
        "https://h:+80/a/b",
        "https://[::1/a/b",
        "https://[h]/a/b",
        "https://h..example/a/b",
        "https://h%2e/a/b",
        "https://h/a/../b",
        "https://h/a/%2E%2e/b",
        "https://h/./b",
        "https://h/a%2Fb/c",
        "https://h/a%5cb",
        "https://h/a%00b",
        "https://h/a%zz",
        "https://h/a%2",
        "https://h/a%ff",
        "https://h\\@evil/a/b",
        "https://h/a\n/b",
        "https://h/a b",
        " https://h/a/b",
        "https://h/a/b\t",
        "gitlab:a/b?host=gitlab.example.org",
    ] {
        assert!(identity(text).is_err(), "{text} {:?}", identity(text));
    }
    assert!(identity(&format!("https://h/{}", "a".repeat(3_000))).is_err());
}

#[test]
fn an_error_names_the_thing_and_hides_what_may_be_a_credential() {
    let shown = |text| identity(text).unwrap_err().to_string();
    assert_eq!(
        shown("ftp://h/a"),
        "`ftp://h/a` is not a repository's URL: its scheme is none of http, https, ssh and git"
    );
    for text in [
        "ftp://ann:hunter2@h/a?token=hunter2",
        "https://ann:hunter2/x@h/a",
        "https://ann:hunter2?x@h/a\u{1}",
    ] {
        assert!(!shown(text).contains("hunter2"), "{}", shown(text));
    }
    assert!(shown(&"x".repeat(9_000)).len() < 400);
}

#[test]
fn the_web_urls_of_an_event_must_agree() {
    let of = |urls: &[&str]| {
        let urls: Vec<String> = urls.iter().map(|&url| url.to_owned()).collect();
        EventRepository::of_urls(&urls).map(|it| (it.identity.to_string(), it.instance))
    };
    let some = |identity: &str, instance: &str| Some((identity.to_owned(), instance.to_owned()));
    assert_eq!(of(&[]), None);
    assert_eq!(of(&["", ""]), None);
    assert_eq!(
        of(&["https://h/a/b.git", "http://h:80/a/b", "ssh://git@other:2222/x/y"]),
        some("h/a/b", "h")
    );
    assert_eq!(
        of(&["", "https://h:3000/sub/a/b.git", "git@h:a/b.git"]),
        some("h/sub/a/b", "h:3000")
    );
    assert_eq!(of(&["https://h/a/b", "https://h/a/c"]), None);
    assert_eq!(of(&["https://h/a/b", "https://i/a/b"]), None);
    assert_eq!(
        of(&["https://h/a/b", "https://h/../x"]),
        None,
        "an unreadable one agrees with nothing"
    );
    assert_eq!(
        of(&["https://h/../x", "git@h:a/b"]),
        None,
        "ssh does not stand in for an unreadable one"
    );
    assert_eq!(of(&["ssh://git@h:2222/a/b", "git@h:a/b.git"]), some("h/a/b", "h"));
    assert_eq!(of(&["ssh://git@h/a/b", "git@h:a/c.git"]), None);
    assert_eq!(of(&["a/b"]), None);
}

#[test]
fn a_clone_url_is_what_git_takes() {
    for (text, url) in [
        ("github:acme/Widgets", "https://github.com/acme/Widgets"),
        ("git+https://h:3000/a/B.git?ref=x", "https://h:3000/a/B.git"),
        ("https://ann:pw@h/a/b/", "https://h/a/b"),
        ("git+ssh://git:pw@h:2222/a/b.git", "ssh://git@h:2222/a/b.git"),
        ("git@H:~ann/b.git", "git@h:~ann/b.git"),
        ("git@[h:2222]:a/b", "ssh://git@h:2222/a/b"),
        ("git@[::1]:a/b", "git@[::1]:a/b"),
        ("git://u@h/a/b", "git://h/a/b"),
        ("http://h/%7Ea/b", "http://h/%7Ea/b"),
    ] {
        assert_eq!(clone_url(text, &shorthands()).as_deref(), Ok(url), "{text}");
    }
}

#[test]
fn only_urls_that_git_takes_go_to_a_worker() {
    for good in [
        "https://h/a/b.git",
        "http://h:3000/a",
        "ssh://git@h:22/a/b",
        "git://h/a",
        "git@h:a/b.git",
        "git@[::1]:a/b",
    ] {
        assert!(clone_url_is_safe(good), "{good}");
    }
    for bad in [
        "",
        "ext::sh -c id",
        "file:///etc",
        "/etc",
        "-x",
        "git+https://h/a",
        "git+ssh://h/a",
        "ssh://-x/a",
        "foo://h/a",
        "https://h/a\n",
    ] {
        assert!(!clone_url_is_safe(bad), "{bad}");
    }
}

#[test]
fn only_well_formed_refs_go_to_a_worker() {
    for good in [
        "refs/heads/main",
        "refs/heads/a/b-c_d.e",
        "refs/tags/v1.0",
        "refs/pull/7/head",
        "refs/heads/ä",
        "refs/heads/@",
        "refs/heads/a@b",
    ] {
        assert!(ref_is_safe(good), "{good}");
    }
    for bad in [
        "",
        "main",
        "-main",
        "HEAD",
        "@",
        "refs/",
        "refs/heads",
        "refs/heads/",
        "refs//main",
        "refs/heads//x",
        "refs/heads/x/",
        "refs/heads/.x",
        "refs/heads/x.lock",
        "refs/heads/x.lock/y",
        "refs/heads/x.",
        "refs/heads/a..b",
        "refs/heads/a b",
        "refs/heads/a~b",
        "refs/heads/a^b",
        "refs/heads/a:b",
        "refs/heads/a?b",
        "refs/heads/a*b",
        "refs/heads/a[b",
        "refs/heads/a\\b",
        "refs/heads/a@{b",
        "refs/heads/a\nb",
        "refs/heads/-x",
        "refs/tags/--upload-pack=x",
        "xrefs/heads/a",
    ] {
        assert!(!ref_is_safe(bad), "{bad}");
    }
    assert!(!ref_is_safe(&format!("refs/heads/{}", "a".repeat(2_000))));
}

#[test]
fn only_whole_commit_ids_go_to_a_worker() {
    assert!(sha_is_safe(&"a1".repeat(20)) && sha_is_safe(&"0f".repeat(32)));
    for bad in [
        "",
        "main",
        "HEAD",
        "--x",
        &"A1".repeat(20),
        &"a1".repeat(19),
        &"a1".repeat(21),
        &"0".repeat(40),
        &"0".repeat(64),
        &"g".repeat(40),
    ] {
        assert!(!sha_is_safe(bad), "{bad}");
    }
}

/// A host and a path as they stand in a canonical identity.
fn repository() -> impl Strategy<Value = (String, String)> {
    let host = "[a-z0-9]{1,8}(\\.[a-z]{2,6}){0,2}";
    let segment = "[a-z0-9_~][a-z0-9_.-]{0,8}[a-z0-9_]";
    (host, proptest::collection::vec(segment, 2..5))
        .prop_map(|(host, segments)| (host, segments.join("/")))
        // These are spelled differently on purpose below.
        .prop_filter("`.git` is a suffix of spellings", |(host, path)| {
            !path.ends_with(".git")
                && ![
                    "file", "ext", "data", "ftp", "git", "http", "https", "ssh", "github", "gitlab",
                ]
                .contains(&host.as_str())
        })
}

/// One of the spellings of a repository.
fn spelling((host, path): (String, String)) -> impl Strategy<Value = String> {
    let user = prop_oneof![Just(""), Just("git@"), Just("ann:pa-ss@"), Just("oauth2:x@y@")];
    let port = prop_oneof![Just(""), Just(":"), Just(":443"), Just(":2222")];
    let scheme = prop_oneof![
        Just("https"),
        Just("http"),
        Just("HTTPS"),
        Just("ssh"),
        Just("git"),
        Just("git+https"),
        Just("git+http"),
        Just("git+ssh"),
        Just("scp"),
        Just("scp/")
    ];
    let tail = prop_oneof![
        Just(""),
        Just("/"),
        Just(".git"),
        Just(".git/"),
        Just(".GIT"),
        Just("//"),
        Just("?ref=a/b"),
        Just(".git#x@y:z")
    ];
    (user, port, scheme, tail, any::<u64>()).prop_map(move |(user, port, scheme, tail, mask)| {
        let folded = |text: &str, mask: u64| -> String {
            text.chars()
                .enumerate()
                .map(|(at, it)| {
                    if mask >> (at % 64) & 1 == 1 {
                        it.to_ascii_uppercase()
                    } else {
                        it
                    }
                })
                .collect()
        };
        let (host, path) = (folded(&host, mask), folded(&path, mask.rotate_left(7)));
        match scheme {
            "scp" => format!("git@{host}:{path}{tail}"),
            "scp/" => format!("{host}:/{path}{tail}"),
            _ => {
                // One letter percent-encoded is the same letter.
                let encoded = path
                    .chars()
                    .next()
                    .map_or(String::new(), |it| format!("%{:02x}{}", u32::from(it), &path[1..]));
                let path = if mask % 3 == 0 { &encoded } else { &path };
                format!("{scheme}://{user}{host}{port}/{path}{tail}")
            }
        }
    })
}

proptest! {
    #[test]
    fn every_spelling_of_one_repository_is_equal((text, canonical) in repository().prop_flat_map(|it| {
        let canonical = format!("{}/{}", it.0, it.1);
        (spelling(it), Just(canonical))
    })) {
        prop_assert_eq!(identity(&text), Ok(canonical));
    }

    #[test]
    fn two_repositories_are_never_equal((one, other, first, second) in (repository(), repository())
        .prop_filter("two", |(one, other)| one != other)
        .prop_flat_map(|(one, other)| (Just(one.clone()), Just(other.clone()), spelling(one), spelling(other))))
    {
        prop_assert_ne!(identity(&first), identity(&second), "{:?} {:?}", one, other);
    }

    #[test]
    fn a_clone_url_is_safe_and_means_the_same_repository(text in repository().prop_flat_map(spelling)) {
        let url = clone_url(&text, &shorthands()).unwrap();
        prop_assert!(clone_url_is_safe(&url), "{}", url);
        prop_assert_eq!(identity(&url), identity(&text));
    }

    #[test]
    fn no_text_is_read_and_unsafe(text in "(ext::|file:|-|https://|git@|ssh://|[a-z]{1,4}:)?[ -~]{0,30}") {
        if let Ok(url) = clone_url(&text, &shorthands()) {
            prop_assert!(clone_url_is_safe(&url), "{} {}", text, url);
let program = url.split_once("::").is_some_and(|(word, _)| word.chars().all(|it| it.is_ascii_alphanumeric() || "+-.".contains(it)));
            prop_assert!(!program && !url.starts_with('-') && !url.starts_with('/'), "{}", url);
        }
    }
}
