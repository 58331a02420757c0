//! Buttons that people press at a forge, beside a status: the evaluations that are meant.
//!
//! Which buttons there are and what follows is the model's; the writer asks again in its transaction.

use forgegate_model::button::Press;
use forgegate_model::event::Event;
use forgegate_model::ids::ProjectId;
use forgegate_model::project::StableId;
use forgegate_storage::{EvaluationFilter, Page, Pressed, StoreError};

use crate::core::Core;

/// The button that an event tells of, with the projects that matched; none where it tells of none, or nobody cares.
pub fn pressed(
    event: &Event,
    projects: impl Iterator<Item = ProjectId>,
    repository: Option<StableId>,
) -> Option<Box<Pressed>> {
    let press = Press::of(event)?;
    let projects: Vec<_> = projects.collect();
    (!projects.is_empty()).then(|| {
        Box::new(Pressed {
            about: press.evaluation.into_iter().collect(),
            press,
            projects,
            repository,
        })
    })
}

/// Resolves a button that stands for all of a commit: the newest evaluation of each project is meant.
///
/// # Errors
/// When storage is unavailable.
pub async fn resolve(core: &Core, pressed: &mut Pressed) -> Result<(), StoreError> {
    if pressed.press.evaluation.is_some() {
        return Ok(());
    }
    for project in &pressed.projects {
        let filter = EvaluationFilter {
            project: Some(*project),
            sha: Some(pressed.press.sha.clone()),
            ..EvaluationFilter::default()
        };
        let newest = Page { cursor: None, limit: 1 };
        let listed = core.store.evaluations(filter, newest).await?;
        pressed.about.extend(listed.items.first().map(|it| it.id));
    }
    Ok(())
}
