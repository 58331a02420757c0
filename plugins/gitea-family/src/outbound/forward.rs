//! The way out, which is the same for every member of the family.

/// Implements [`Outbound`](forgegate_sdk::Outbound) for a plugin of this family, which is the given [`Forge`](crate::Forge).
#[macro_export]
macro_rules! outbound {
    ($plugin:ident, $forge:expr) => {
        const _: () = {
            use forgegate_sdk::events::User;
            use forgegate_sdk::outbound::{
                AccessLevel, Account, Approval, Authorization, CommentText, HeadsPage, HistoryPage, HookPlace,
                HookResult, HookState, HookWish, OutboundError, ProbeReport, PullRequestNow, Reaction,
                RepositoriesPage, RepositoryNow, RepositoryRef, Status,
            };

            impl forgegate_sdk::Outbound for $plugin {
                fn authorize(account: Account) -> Result<Authorization, OutboundError> {
                    $crate::authorize(account)
                }

                fn probe(repository: Option<RepositoryRef>) -> Result<ProbeReport, OutboundError> {
                    $crate::probe(&$forge, repository.as_ref())
                }

                fn access(repository: RepositoryRef, who: User) -> Result<AccessLevel, OutboundError> {
                    $crate::access(&repository, &who)
                }

                fn find_repository(repository: RepositoryRef) -> Result<RepositoryNow, OutboundError> {
                    $crate::find_repository(&repository)
                }

                fn find_pull_request(repository: RepositoryRef, number: u64) -> Result<PullRequestNow, OutboundError> {
                    $crate::find_pull_request(&repository, number)
                }

                fn approvals(repository: RepositoryRef, number: u64) -> Result<Vec<Approval>, OutboundError> {
                    $crate::approvals(&repository, number)
                }

                fn resolve(repository: RepositoryRef, name: &str) -> Result<String, OutboundError> {
                    $crate::resolve(&repository, name)
                }

                fn heads(repository: RepositoryRef, page: Option<&str>) -> Result<HeadsPage, OutboundError> {
                    $crate::heads(&repository, page)
                }

                fn repositories(page: Option<&str>) -> Result<RepositoriesPage, OutboundError> {
                    $crate::repositories(page)
                }

                fn report(status: Status) -> Result<Option<String>, OutboundError> {
                    $crate::report(&status)
                }

                fn comment(text: CommentText) -> Result<String, OutboundError> {
                    $crate::comment(&text)
                }

                fn react(
                    repository: RepositoryRef,
                    _number: u64,
                    comment_id: &str,
                    sign: Reaction,
                ) -> Result<(), OutboundError> {
                    $crate::react(&repository, comment_id, sign)
                }

                fn ensure_hook(wish: HookWish) -> Result<HookResult, OutboundError> {
                    $crate::ensure_hook(&$forge, &wish)
                }

                fn hook_health(place: HookPlace, url: &str) -> Result<HookState, OutboundError> {
                    $crate::hook_health(&place, url)
                }

                fn test_hook(place: HookPlace, hook_id: &str) -> Result<(), OutboundError> {
                    $crate::test_hook(&place, hook_id)
                }

                fn history(
                    repository: RepositoryRef,
                    since: &str,
                    page: Option<&str>,
                ) -> Result<HistoryPage, OutboundError> {
                    $crate::history(&repository, since, page)
                }
            }
        };
    };
}
