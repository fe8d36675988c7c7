//! A queue between the side that reads requests and the threads that judge.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, PoisonError};

/// Waiting ones that are compared with the first.
const LOOKED_AT: usize = 256;

/// A first-in, first-out queue of a fixed capacity. A full queue refuses instead of waiting.
pub(crate) struct Queue<T> {
    capacity: usize,
    inner: Mutex<Inner<T>>,
    filled: Condvar,
}

struct Inner<T> {
    waiting: VecDeque<T>,
    closed: bool,
}

impl<T> Queue<T> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            inner: Mutex::new(Inner {
                waiting: VecDeque::new(),
                closed: false,
            }),
            filled: Condvar::new(),
        }
    }

    /// Adds one at the end; gives it back where the queue is full or closed.
    pub(crate) fn push(&self, one: T) -> Result<(), T> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.closed || inner.waiting.len() >= self.capacity {
            return Err(one);
        }
        inner.waiting.push_back(one);
        drop(inner);
        self.filled.notify_one();
        Ok(())
    }

    /// Takes the first ones, at most `most`; waits for one. `None` once the queue is closed and empty.
    pub(crate) fn pop(&self, most: usize) -> Option<Vec<T>> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        while inner.waiting.is_empty() {
            if inner.closed {
                return None;
            }
            let woken = self.filled.wait(inner);
            inner = woken.unwrap_or_else(PoisonError::into_inner);
        }
        let count = most.min(inner.waiting.len());
        Some(inner.waiting.drain(..count).collect())
    }

    /// Takes the first one and those that are like it, at most `most` and out of the first `LOOKED_AT`; where these are
    /// fewer than `few`, also the next others. Waits for one. `None` once the queue is closed and empty.
    pub(crate) fn pop_alike(
        &self,
        few: usize,
        most: usize,
        alike: impl Fn(&T, &T) -> bool,
    ) -> Option<Vec<T>> {
        let mut taken = self.pop(1)?;
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let looked_at = inner.waiting.len().min(LOOKED_AT);
        let mut left: Vec<T> = Vec::new();
        for one in inner.waiting.drain(..looked_at).collect::<Vec<_>>() {
            match taken.len() < most && taken.first().is_some_and(|first| alike(first, &one)) {
                true => taken.push(one),
                false => left.push(one),
            }
        }
        let others = few.saturating_sub(taken.len()).min(left.len());
        taken.extend(left.drain(..others));
        for one in left.into_iter().rev() {
            inner.waiting.push_front(one);
        }
        Some(taken)
    }

    /// Refuses what comes from here on.
    pub(crate) fn close(&self) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.closed = true;
        drop(inner);
        self.filled.notify_all();
    }

    /// Number of the waiting ones.
    pub(crate) fn len(&self) -> usize {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.waiting.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_queue_refuses_and_a_closed_one_is_emptied() {
        let queue = Queue::new(2);
        assert_eq!(queue.push(1), Ok(()));
        assert_eq!(queue.push(2), Ok(()));
        assert_eq!(queue.push(3), Err(3));
        assert_eq!(queue.pop(1), Some(vec![1]));
        queue.close();
        assert_eq!(queue.push(4), Err(4));
        assert_eq!(queue.pop(9), Some(vec![2]));
        assert_eq!(queue.pop(9), None);
    }

    #[test]
    fn those_like_the_first_are_taken_with_it_and_others_keep_their_order() {
        let queue = Queue::new(20);
        for one in [10, 21, 11, 22, 12, 23, 13] {
            queue.push(one).unwrap();
        }
        let tens = |one: &i32, other: &i32| one / 10 == other / 10;
        assert_eq!(queue.pop_alike(2, 3, tens), Some(vec![10, 11, 12]));
        assert_eq!(queue.pop_alike(2, 1, tens), Some(vec![21, 22]));
        assert_eq!(queue.pop_alike(2, 3, tens), Some(vec![23, 13]));
        queue.close();
        assert_eq!(queue.pop_alike(2, 3, tens), None);
    }
}
