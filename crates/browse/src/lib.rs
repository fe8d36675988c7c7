//! A dataset to look at before it is used: its overview, filters, and runs that can be stepped forwards and
//! back; served on this machine or written as pages that need no server.
//!
//! The samples of a store are read once, from an index, into some fifty bytes of memory each ([`Index`]); a
//! filter is a pass over them ([`Query`]). Texts are read only for the samples that are shown. Everything from
//! the store is hostile: it reaches a page as JSON whose strings are cleaned, is put into it as text, and the
//! policy of the page permits no script but its own files.
//!
//! ```no_run
//! use std::path::Path;
//!
//! use tracestone_browse::{Reached, Settings, listen, write_pages};
//!
//! let settings = Settings {
//!     store: Path::new("tracestone.db"),
//!     threads: 2,
//!     measure: |_| Ok(Reached { programs: 0, mean: 0.0, whole: 0, some: false }),
//! };
//! let written = write_pages(&settings, Path::new("pages"), 1_000)?;
//! println!("{} samples", written.samples);
//! let serving = listen(&settings, 0, None)?;
//! println!("{}", serving.address);
//! serving.start();
//! # Ok::<(), tracestone_browse::Error>(())
//! ```

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod assets;
mod browser;
mod http;
mod index;
mod memory;
mod moment;
mod overview;
mod pages;
mod plots;
mod query;
mod terminal;
mod view;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tracestone_store::{Store, StoreError};

pub use index::{Dim, Index, Row};
pub use overview::{Kind, Measure, Overview, Reached, Story};
pub use pages::{Written, write_pages};
pub use plots::{Plot, plots};
pub use query::{Facet, Found, Order, Query};
pub use terminal::text;

use browser::Browser;
use http::Server;

/// An error of browsing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The port cannot be listened on.
    #[error("cannot listen on port {port} of 127.0.0.1: {source}")]
    Port {
        /// The asked port; 0 for any.
        port: u16,
        /// Reason of the system.
        source: std::io::Error,
    },
    /// The system gives no random bytes for the address.
    #[error("the system gives no random bytes for the address: {0}")]
    Random(getrandom::Error),
    /// A page cannot be written.
    #[error(transparent)]
    File(#[from] tracestone_files::FileError),
    /// The folder has files that are not from here.
    #[error("{} is not empty and has no page of `tracestone browse`", .0.display())]
    NotEmpty(PathBuf),
    /// A reply could not be made.
    #[error("{0}")]
    Refused(String),
}

/// The store that is looked at, and how.
#[derive(Debug, Clone, Copy)]
pub struct Settings<'a> {
    /// Path to the store.
    pub store: &'a Path,
    /// Threads that read it.
    pub threads: usize,
    /// The measure of what runs reach.
    pub measure: Measure,
}

/// A server that is listening.
#[derive(Debug)]
pub struct Serving {
    /// The address of the first page, with its token.
    pub address: String,
    server: Server,
    browser: Arc<Browser>,
}

/// Listens on a port of this machine, which no other machine reaches; 0 for a free one. With a folder for what can
/// be made again, the numbers of the first page are kept there until the store changes.
///
/// # Errors
/// The store cannot be read, or the port cannot be listened on.
pub fn listen(settings: &Settings<'_>, port: u16, memory: Option<&Path>) -> Result<Serving, Error> {
    // What is wrong with it is said now, not on a page.
    drop(Store::open_read_only(settings.store)?);
    let server = Server::bind(port, token()?).map_err(|source| Error::Port { port, source })?;
    Ok(Serving {
        address: server.address(),
        server,
        browser: Arc::new(Browser::new(settings, memory)),
    })
}

/// Counts the numbers of the first page and keeps them in a folder for what can be made again, so that the first start
/// shows them at once. Nothing is counted where the store is as it was the last time. A failure is left to that start.
pub fn prepare(settings: &Settings<'_>, memory: &Path) {
    Browser::new(settings, Some(memory)).count();
}

impl Serving {
    /// Answers in threads of its own, until the process ends.
    pub fn start(self) {
        let warming = self.browser.clone();
        std::thread::spawn(move || warming.count());
        let browser = self.browser;
        std::thread::spawn(move || self.server.run(move |request| browser.answer(request)));
    }
}

/// A random word of 128 bits.
fn token() -> Result<String, Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(Error::Random)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
