//! Waiting within the lane for a capture to change.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::future::poll_fn;
use std::task::{Poll, Waker};

use crate::job::Ticket;

/// Who waits for which capture. All of them are calls to the same object, for a future must never be woken by another's.
#[derive(Default)]
pub struct News {
    waiting: RefCell<Vec<(Ticket, Waker)>>,
}

impl News {
    /// Ends when something about the capture has changed; there is nothing to see to when it is dropped before.
    pub async fn of(&self, ticket: Ticket) {
        let mut waits = false;
        poll_fn(|context| {
            if waits {
                return Poll::Ready(());
            }
            waits = true;
            self.waiting.borrow_mut().push((ticket, context.waker().clone()));
            Poll::Pending
        })
        .await;
    }

    /// Captures have changed.
    pub fn tell(&self, changed: &BTreeSet<Ticket>) {
        let waiting = self.waiting.take();
        for (ticket, waker) in waiting {
            if changed.contains(&ticket) {
                waker.wake();
            } else {
                self.waiting.borrow_mut().push((ticket, waker));
            }
        }
    }
}
