use uuid::Uuid;

use forgegate_model::evaluation::{Cause, Work};

use super::super::queue::QueueIndex;
use super::*;

struct Queue(Index);

fn organization(number: u128) -> OrganizationId {
    OrganizationId(Uuid::from_u128(number))
}

fn project(number: u128) -> ProjectId {
    ProjectId(Uuid::from_u128(number))
}

fn id(number: u128) -> EvaluationId {
    EvaluationId(Uuid::from_u128(number))
}

fn evaluation(number: u128, owner: u128) -> Evaluation {
    Evaluation {
        id: id(number),
        organization: organization(owner),
        project: project(owner),
        repository: "h/a".into(),
        work: Work {
            clone_url: "https://h/a".into(),
            fetch_ref: "refs/heads/main".into(),
            ref_name: "refs/heads/main".into(),
            sha: format!("{number:040x}"),
            before: None,
            trust: Trust::Trusted,
            repository_id: None,
            cause: Cause {
                event: "push".into(),
                delivery_id: None,
                actor: None,
                pull_request: None,
                argument: None,
            },
        },
        state: State::Queued,
        labels: Vec::new(),
        attempt: 0,
        worker: None,
        description: None,
        url: None,
        checks: Vec::new(),
        deliveries: Vec::new(),
        superseded_by: None,
        rerun_of: None,
        lease_hash: None,
        created_at: Timestamp::default(),
        started_at: None,
        finished_at: None,
    }
}

fn anybody() -> Claim {
    Claim {
        worker: "w".into(),
        labels: Vec::new(),
        organizations: None,
        approved: false,
    }
}

impl Queue {
    fn of(rows: &[Evaluation]) -> Self {
        let mut queue = Self(Index::default());
        for row in rows {
            queue.put(row);
        }
        queue
    }

    fn put(&mut self, row: &Evaluation) -> bool {
        let queued_at = Timestamp::from_seconds(i64::try_from(row.id.0.as_u128()).unwrap());
        let entry = self.0.entry(row, queued_at);
        let stopped = row.lease_hash.filter(|_| row.state == State::Cancelled);
        let gone = Change::Gone(row.id, stopped);
        self.0.enter(entry.map_or(gone, |entry| Change::Put(Box::new(entry))))
    }

    fn pick(&mut self, claim: &Claim) -> Option<u128> {
        let picked = self.0.pick(claim, |_| false);
        picked.map(|picked| picked.id.0.as_u128())
    }

    fn pick_serial(&mut self) -> Option<Picked> {
        self.0.pick(&anybody(), |_| true)
    }

    fn all(&mut self, claim: &Claim) -> Vec<u128> {
        std::iter::from_fn(|| self.pick(claim)).collect()
    }
}

fn moved(mut row: Evaluation, state: State) -> Evaluation {
    row.state = state;
    row.lease_hash = (state == State::Running).then_some([7; 32]);
    row
}

#[test]
fn organizations_take_turns_and_the_longest_queued_goes_first() {
    let rows: Vec<_> = [(1, 1), (2, 1), (3, 1), (4, 2), (5, 3), (6, 3)]
        .map(|(number, owner)| evaluation(number, owner))
        .into();
    assert_eq!(Queue::of(&rows).all(&anybody()), [1, 4, 5, 2, 6, 3]);
}

#[test]
fn nothing_is_picked_twice_until_it_is_put_back() {
    let mut queue = Queue::of(&[evaluation(1, 1)]);
    let picked = queue.0.pick(&anybody(), |_| false).unwrap();
    assert_eq!(queue.pick(&anybody()), None);
    assert!(queue.0.put_back(&picked));
    assert!(!queue.0.put_back(&picked));
    assert_eq!(queue.pick(&anybody()), Some(1));
}

#[test]
fn what_was_moved_meanwhile_is_not_put_back() {
    let row = evaluation(1, 1);
    for state in [State::Running, State::Cancelled] {
        let mut queue = Queue::of(std::slice::from_ref(&row));
        let picked = queue.0.pick(&anybody(), |_| false).unwrap();
        queue.put(&moved(row.clone(), state));
        assert!(!queue.0.put_back(&picked));
        assert_eq!(queue.pick(&anybody()), None);
    }
}

#[test]
fn a_worker_gets_only_what_it_has_all_labels_for() {
    let mut row = evaluation(1, 1);
    row.labels = vec!["linux".into(), "gpu".into()];
    let mut queue = Queue::of(&[row]);
    let mut claim = anybody();
    assert_eq!(queue.pick(&claim), None);
    claim.labels = vec!["gpu".into()];
    assert_eq!(queue.pick(&claim), None);
    claim.labels = vec!["gpu".into(), "arm".into(), "linux".into()];
    assert_eq!(queue.pick(&claim), Some(1));
}

#[test]
fn what_is_not_trusted_goes_only_to_those_who_ask_for_it() {
    for trust in [Trust::Approved, Trust::Untrusted] {
        let mut row = evaluation(1, 1);
        row.work.trust = trust;
        let mut queue = Queue::of(&[row]);
        let mut claim = anybody();
        assert_eq!(queue.pick(&claim), None, "{trust:?}");
        claim.approved = true;
        assert_eq!(queue.pick(&claim), Some(1), "{trust:?}");
    }
}

#[test]
fn a_token_reaches_only_its_organizations() {
    let mut queue = Queue::of(&[evaluation(1, 1), evaluation(2, 2)]);
    let mut claim = anybody();
    claim.organizations = Some(vec![organization(2)]);
    assert_eq!(queue.all(&claim), [2]);
    claim.organizations = Some(Vec::new());
    assert_eq!(queue.all(&claim), [0; 0]);
}

#[test]
fn what_is_held_is_never_picked() {
    let mut queue = Queue::of(&[moved(evaluation(1, 1), State::Held)]);
    assert_eq!(queue.pick(&anybody()), None);
    assert_eq!(queue.0.counts().held, 1);
    assert!(queue.put(&evaluation(1, 1)));
    assert_eq!(queue.pick(&anybody()), Some(1));
}

#[test]
fn a_serial_project_runs_one_of_a_lane_at_a_time_in_order() {
    let rows: Vec<_> = (1..=4).map(|number| evaluation(number, 1)).collect();
    let mut queue = Queue::of(&rows);
    for row in rows {
        let picked = queue.pick_serial().unwrap();
        assert_eq!(picked.id, row.id);
        assert_eq!(queue.pick_serial(), None);
        let moves_up = row.id != id(4);
        queue.put(&moved(row.clone(), State::Running));
        assert_eq!(queue.pick_serial(), None);
        assert_eq!(queue.put(&moved(row, State::Succeeded)), moves_up);
    }
    assert!(queue.0.entries.is_empty() && queue.0.parked.is_empty() && queue.0.busy.is_empty());
}

#[test]
fn another_moves_up_when_the_next_of_a_lane_is_cancelled() {
    let rows: Vec<_> = (1..=3).map(|number| evaluation(number, 1)).collect();
    let mut queue = Queue::of(&rows);
    queue.pick_serial().unwrap();
    queue.put(&moved(rows[0].clone(), State::Running));
    assert_eq!(queue.pick_serial(), None);
    queue.put(&moved(rows[0].clone(), State::Succeeded));
    queue.put(&moved(rows[1].clone(), State::Cancelled));
    assert_eq!(queue.pick_serial().unwrap().id, id(3));
}

#[test]
fn serial_lanes_do_not_wait_for_one_another() {
    let mut other = evaluation(2, 1);
    other.work.cause.pull_request = Some(7);
    let mut queue = Queue::of(&[evaluation(1, 1), other, evaluation(3, 1)]);
    assert_eq!(queue.pick_serial().unwrap().id, id(1));
    assert_eq!(queue.pick_serial().unwrap().id, id(2));
    assert_eq!(queue.pick_serial(), None);
}

#[test]
fn a_lease_that_ran_out_puts_it_back_at_its_place() {
    let mut queue = Queue::of(&[evaluation(1, 1), evaluation(2, 1)]);
    assert_eq!(queue.pick(&anybody()), Some(1));
    queue.put(&moved(evaluation(1, 1), State::Running));
    assert_eq!(queue.0.heartbeat(id(1), &[7; 32]), Heartbeat::Running);
    assert_eq!(queue.0.heartbeat(id(1), &[8; 32]), Heartbeat::Lost);
    queue.put(&evaluation(1, 1));
    assert_eq!(queue.0.heartbeat(id(1), &[7; 32]), Heartbeat::Lost);
    assert_eq!(queue.all(&anybody()), [1, 2]);
}

#[test]
fn counts_and_age_follow_every_move() {
    let rows: Vec<_> = (1..=3).map(|number| evaluation(number, 1)).collect();
    let mut queue = Queue::of(&rows);
    assert_eq!(queue.0.oldest_queued(), Some(Timestamp::from_seconds(1)));
    queue.pick_serial().unwrap();
    assert_eq!(queue.pick_serial(), None);
    let counts = Counts {
        held: 0,
        queued: 2,
        running: 1,
    };
    assert_eq!(queue.0.counts(), counts);
    assert_eq!(queue.0.oldest_queued(), Some(Timestamp::from_seconds(2)));
}

#[test]
fn whoever_runs_what_was_cancelled_is_told_to_stop() {
    let mut row = moved(evaluation(1, 1), State::Running);
    let mut queue = Queue::of(std::slice::from_ref(&row));
    row.state = State::Cancelled;
    queue.put(&row);
    assert_eq!(queue.0.heartbeat(id(1), &[7; 32]), Heartbeat::Stopped);
    assert_eq!(queue.0.heartbeat(id(1), &[8; 32]), Heartbeat::Lost);
}

#[test]
fn commits_lanes_and_projects_are_told_apart() {
    let mut rows: Vec<_> = (1..=3).map(|number| evaluation(number, 1)).collect();
    rows[2].work.cause.pull_request = Some(7);
    rows[2].work.sha = rows[1].work.sha.clone();
    let queue = Queue::of(&rows);
    let index = &queue.0;
    let found: Vec<_> = index.of_commit(index.commit(project(1), &rows[1].work.sha)).collect();
    assert_eq!(found, [id(2), id(3)]);
    let lane = index.lane(project(1), &WorkIdentity::of(&rows[0].work));
    assert_eq!(index.in_lane(lane).collect::<Vec<_>>(), [id(1), id(2)]);
    let lane = index.pull_request(project(1), 7);
    assert_eq!(index.in_lane(lane).collect::<Vec<_>>(), [id(3)]);
    assert_eq!(index.in_project(project(1)).count(), 3);
    assert_eq!(index.in_project(project(2)).count(), 0);
}

#[test]
fn an_older_one_of_a_serial_lane_is_waited_for_even_if_another_worker_has_to_take_it() {
    let mut rows: Vec<_> = (1..=2).map(|number| evaluation(number, 1)).collect();
    rows[0].labels = vec!["gpu".into()];
    let mut queue = Queue::of(&rows);
    assert_eq!(queue.pick_serial(), None);
    queue.put(&moved(rows[0].clone(), State::Cancelled));
    assert_eq!(queue.pick_serial().unwrap().id, id(2));
}

#[test]
fn what_is_held_in_a_serial_lane_is_waited_for_by_nobody() {
    let mut rows: Vec<_> = (1..=2).map(|number| evaluation(number, 1)).collect();
    rows[0].state = State::Held;
    assert_eq!(Queue::of(&rows).pick_serial().unwrap().id, id(2));
}
