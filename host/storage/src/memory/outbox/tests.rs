use std::cell::RefCell;

use uuid::Uuid;

use super::*;

fn id(number: u128) -> StatusId {
    StatusId(Uuid::from_u128(number))
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

fn integration(number: u128) -> IntegrationId {
    IntegrationId(Uuid::from_u128(number))
}

fn through(number: u128) -> Destination {
    Destination::Integration(integration(number))
}

fn waiting(lane: u8, to: Destination, due: i64) -> Waiting {
    Waiting {
        lane: Lane([lane; 16]),
        destination: to,
        action: ActionId(Uuid::from_u128(1)),
        next_at: at(due),
        woken_at: None,
    }
}

fn picked(index: &mut Index, now: i64, most: usize) -> Vec<u128> {
    let picked = index.pick(at(now), most, |_| usize::MAX);
    picked.iter().map(|it| it.id.0.as_u128()).collect()
}

#[test]
fn of_a_lane_one_is_under_way_and_the_latest_waits() {
    let mut index = Index::default();
    index.enter(id(1), waiting(1, through(1), 0));
    assert_eq!(picked(&mut index, 0, 9), [1]);
    index.enter(id(2), waiting(1, through(1), 0));
    index.enter(id(3), waiting(1, through(1), 0));
    assert_eq!(picked(&mut index, 9, 9), [0_u128; 0], "one is under way");
    assert_eq!(index.next_due(|_| 1), None);
    assert_eq!(index.counts().waiting, 1, "of those behind it only the latest");
    index.leave(id(1), Lane([1; 16]));
    assert_eq!(picked(&mut index, 9, 9), [3]);
    index.leave(id(3), Lane([1; 16]));
    assert_eq!(index.counts().waiting, 0);
    assert!(index.lanes.is_empty() && index.due.is_empty() && index.waiting.is_empty());
}

#[test]
fn what_is_tried_again_waits_for_its_time() {
    let mut index = Index::default();
    index.enter(id(1), waiting(1, through(1), 0));
    assert_eq!(picked(&mut index, 0, 9), [1]);
    index.enter(id(1), waiting(1, through(1), 10));
    assert_eq!(picked(&mut index, 9, 9), [0_u128; 0]);
    assert_eq!(index.next_due(|_| 1), Some(at(10)));
    assert_eq!(picked(&mut index, 10, 9), [1]);
}

#[test]
fn what_nobody_answered_for_is_due_again_and_only_once() {
    let mut index = Index::default();
    index.enter(id(1), waiting(1, through(1), 0));
    let first = index.pick(at(0), 9, |_| 1).remove(0);
    assert!(index.put_back(&first));
    let second = index.pick(at(0), 9, |_| 1).remove(0);
    assert!(!index.put_back(&first), "that one is over");
    assert_eq!(picked(&mut index, 0, 9), [0_u128; 0]);
    index.leave(id(1), Lane([1; 16]));
    assert!(!index.put_back(&second));
}

#[test]
fn destinations_take_turns_and_keep_within_their_room() {
    let mut index = Index::default();
    for number in 0..6 {
        let to = through(if number < 4 { 1 } else { u128::from(number) });
        index.enter(id(number.into()), waiting(number, to, 0));
    }
    assert_eq!(picked(&mut index, 0, 4), [0, 4, 5, 1]);
    assert_eq!(picked(&mut index, 0, 9), [2, 3]);

    let mut index = Index::default();
    for number in 0..4 {
        index.enter(id(number.into()), waiting(number, through(u128::from(number % 2)), 0));
    }
    let asked = RefCell::new(Vec::new());
    let some = index.pick(at(0), 9, |it| {
        asked.borrow_mut().push(it.clone());
        usize::from(*it == through(1))
    });
    let ids: Vec<_> = some.iter().map(|it| it.id).collect();
    assert_eq!(ids, [id(1)]);
    assert_eq!(asked.into_inner(), [through(0), through(1)], "each is asked once");
    assert_eq!(index.next_due(|it| usize::from(*it == through(2))), None);
}

#[test]
fn the_turn_goes_on_where_it_ended() {
    let mut index = Index::default();
    for number in 1..=6 {
        index.enter(id(number.into()), waiting(number, through(u128::from(number % 3)), 0));
    }
    let mut order = Vec::new();
    for _ in 0..6 {
        order.extend(picked(&mut index, 0, 1));
    }
    assert_eq!(order, [3, 1, 2, 6, 4, 5]);
}

#[test]
fn waking_makes_due_what_waits_for_an_integration_and_nothing_else() {
    let mut index = Index::default();
    index.enter(id(1), waiting(1, through(1), 100));
    index.enter(id(2), waiting(2, through(2), 100));
    index.wake(integration(1), at(50));
    let woken = index.pick(at(50), 9, |_| 9);
    assert_eq!(woken.len(), 1);
    assert_eq!((woken[0].id, woken[0].woken_at), (id(1), Some(at(50))));
}

#[test]
fn what_ended_is_never_picked_and_goes_when_it_leaves() {
    let mut index = Index::default();
    for number in 1..=3_u8 {
        index.enter(id(number.into()), waiting(number, through(number.min(2).into()), 0));
    }
    assert_eq!(index.pick(at(0), 1, |_| 1)[0].id, id(1));
    index.end_integration(integration(1), "gone");
    index.end_integration(integration(2), "gone");
    // An answer for what was under way does not bring it back.
    index.enter(id(1), waiting(1, through(1), 0));
    assert_eq!(picked(&mut index, 9, 9), [0_u128; 0]);
    let ended = index.ended(9);
    assert_eq!(ended.len(), 3);
    for (id, _) in ended {
        index.leave(id, Lane([id.0.as_u128() as u8; 16]));
    }
    assert!(index.ended(9).is_empty());
    assert_eq!(index.counts().waiting, 0);
}

#[test]
fn an_action_that_goes_ends_its_requests_alone() {
    let mut index = Index::default();
    index.enter(id(1), waiting(1, through(1), 0));
    index.enter(id(2), waiting(2, Destination::Host("h".into()), 0));
    index.end_action(ActionId(Uuid::from_u128(1)), "gone");
    assert_eq!(index.ended(9).len(), 1);
    assert_eq!(picked(&mut index, 0, 9), [1]);
}
