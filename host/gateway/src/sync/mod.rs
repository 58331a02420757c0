//! Syncs: what a forge's lists tell of a repository's past, read page by page into the same activity as deliveries bring.
//!
//! `run` walks whatever is under way, after a start too; `walk` reads a page after the other, at most at half of the credential's budget,
//! so that statuses never wait for the past. Nothing here makes an evaluation.

mod service;
mod walk;

use std::sync::Arc;
use std::time::Duration;

use forgegate_model::ids::ProjectId;
use tokio_util::task::TaskTracker;

pub use service::{Syncs, USUAL_REACH};

/// The time after a failure of storage until it is tried again.
const STORAGE_RETRY: Duration = Duration::from_secs(5);

/// Walks what is under way until the gateway drains. What is cut off then goes on with the next start.
pub async fn run(service: Arc<Syncs>) {
    let walks = TaskTracker::new();
    while !service.draining.is_cancelled() {
        let pause = match service.store.syncs_running().await {
            Ok(running) => {
                for sync in running {
                    start(&service, &walks, sync.project);
                }
                None
            }
            Err(error) => {
                tracing::warn!(%error, "the syncs under way cannot be read: {error}");
                Some(STORAGE_RETRY)
            }
        };
        tokio::select! {
            () = service.draining.cancelled() => break,
            () = service.woken.notified() => {}
            () = wait(pause) => {}
        }
    }
    walks.close();
    walks.wait().await;
}

async fn wait(pause: Option<Duration>) {
    match pause {
        Some(pause) => tokio::time::sleep(pause).await,
        None => std::future::pending().await,
    }
}

/// Starts the walk for a project, unless there is one.
fn start(service: &Arc<Syncs>, walks: &TaskTracker, project: ProjectId) {
    let Some(mark) = service.mark(project) else { return };
    let service = Arc::clone(service);
    walks.spawn(async move {
        let _mark = mark;
        tokio::select! {
            () = service.draining.cancelled() => {}
            () = walk::walk(&service, project) => {}
        }
    });
}
