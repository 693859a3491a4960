//! Something that few have, and that takes no room where it is not there.

use std::ops::{Deref, DerefMut};

/// A value that is as it begins until it is first changed, and only then has a place of its own.
#[derive(Debug)]
pub struct Seldom<T: Beginning>(Option<Box<T>>);

/// What begins the same everywhere.
pub trait Beginning: Default + 'static {
    /// How it begins.
    const BEGINNING: &'static Self;
}

impl<T: Beginning> Default for Seldom<T> {
    fn default() -> Seldom<T> {
        Seldom(None)
    }
}

impl<T: Beginning> Deref for Seldom<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_deref().unwrap_or(T::BEGINNING)
    }
}

impl<T: Beginning> DerefMut for Seldom<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.get_or_insert_default()
    }
}
