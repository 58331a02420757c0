//! Pipelines. Those that commit statuses of others make, ours among them, have the source `external`.

use forgegate_sdk::events::{Detail, Event, Pipeline};
use forgegate_sdk::json::Part;
use forgegate_sdk::{ParseError, commit_id};

use super::common::{Always, FieldError, attributes, block, event, full_ref, owned};
use super::limits;
use super::run_state::{run_state, time_of};

pub fn parse(root: Part) -> Result<Event, FieldError> {
    let part = attributes(root)?;
    let (created, finished) = (part.text_or_none("created_at")?, part.text_or_none("finished_at")?);
    let pipeline = pipeline(root, part)?;
    let time = time_of(&pipeline.state, created, None, finished);
    event(root, None, time, Detail::Pipeline(pipeline))
}

fn pipeline(root: Part, part: Part) -> Result<Pipeline, FieldError> {
    let (id, number) = (part.number_or_none("id")?, part.number_or_none("iid")?);
    let (name, tag) = (part.text_or_none("ref")?, part.flag("tag")?);
    let (sha, before) = (part.text_or_none("sha")?, part.text_or_none("before_sha")?);
    let (status, source) = (part.text_or_none("status")?, part.text_or_none("source")?);
    let duration_s = part.fraction_or_none("duration")?;
    let queued_s = part.fraction_or_none("queued_duration")?;
    let request_of_fork = request_of_fork(root)?;
    let status = status.always("object_attributes.status")?;
    let id = id.always("object_attributes.id")?;
    let own = || Some(full_ref(name.filter(|name| !name.is_empty())?, tag));
    Ok(Pipeline {
        stages: stages(part)?,
        number,
        sha: sha.and_then(commit_id),
        before: before.and_then(commit_id),
        // `ref` is then a branch of the fork, which would read like one of the project.
        ref_: match request_of_fork {
            Some(iid) => Some(format!("refs/merge-requests/{iid}/head")),
            None => own(),
        },
        tag: tag.unwrap_or(false),
        source: owned(source),
        duration_s,
        queued_s,
        ..Pipeline::new(id.to_string(), run_state(status))
    })
}

/// The merge request that the pipeline runs for, where its code is a fork's.
fn request_of_fork(root: Part) -> Result<Option<u64>, ParseError> {
    let Some(request) = block(root, "merge_request")? else {
        return Ok(None);
    };
    let source = request.number_or_none("source_project_id")?;
    let is_fork = source != request.number_or_none("target_project_id")?;
    Ok(request.number_or_none("iid")?.filter(|_| is_fork))
}

fn stages(part: Part) -> Result<Vec<String>, ParseError> {
    let mut stages = Vec::new();
    for stage in part.list("stages")?.into_iter().flatten().take(limits::STAGES) {
        stages.push(stage.as_text()?.to_owned());
    }
    Ok(stages)
}
