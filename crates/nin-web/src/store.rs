//! Where a run's files are kept: the browser's database, under `<run>/<file>`, with the bytes that a run folder would hold.

use js_sys::{Date, Uint8Array};
use nin_train::{CHECKPOINT, PREVIOUS, SaveError};
use rexie::{ObjectStore, Rexie, TransactionMode};
use wasm_bindgen::JsValue;

const DATABASE: &str = "nin";
const FILES: &str = "files";
/// When a run was last saved, in seconds since 1970 (UTC); kept beside its files.
const SAVED_AT: &str = ".saved_at";

/// The files of all runs.
pub struct Store(Rexie);

impl Store {
    /// Opens the database, or makes it.
    ///
    /// # Errors
    /// What the browser says, for instance in a private window.
    pub async fn open() -> Result<Self, SaveError> {
        let files = ObjectStore::new(FILES);
        let opened = Rexie::builder(DATABASE).version(1).add_object_store(files).build().await;
        opened.map(Store).map_err(|error| cannot("keep files", &error))
    }

    /// Keeps `bytes`, wholly or not at all. The [`CHECKPOINT`] before is kept as [`PREVIOUS`].
    ///
    /// # Errors
    /// What the browser says, for instance that there is no room left.
    pub async fn save(&self, run: &str, file: &str, bytes: &[u8]) -> Result<(), SaveError> {
        let put = async || {
            let transaction = self.0.transaction(&[FILES], TransactionMode::ReadWrite)?;
            let files = transaction.store(FILES)?;
            if file == CHECKPOINT
                && let Some(before) = files.get(key(run, CHECKPOINT)).await?
            {
                files.put(&before, Some(&key(run, PREVIOUS))).await?;
            }
            files.put(&Uint8Array::from(bytes), Some(&key(run, file))).await?;
            files.put(&(Date::now() / 1000.0).into(), Some(&key(run, SAVED_AT))).await?;
            transaction.done().await
        };
        put().await.map(|_| ()).map_err(|error| cannot(&format!("keep {run}/{file}"), &error))
    }

    /// The names of the runs, in order.
    ///
    /// # Errors
    /// What the browser says.
    pub async fn runs(&self) -> Result<Vec<String>, SaveError> {
        let list = async || {
            let transaction = self.0.transaction(&[FILES], TransactionMode::ReadOnly)?;
            let keys = transaction.store(FILES)?.get_all_keys(None, None).await?;
            transaction.done().await.map(|_| keys)
        };
        let keys = list().await.map_err(|error| cannot("list runs", &error))?;
        let run = |key: &JsValue| key.as_string()?.rsplit_once('/').map(|(run, _)| run.to_owned());
        let mut runs: Vec<String> = keys.iter().filter_map(run).collect();
        runs.dedup();
        Ok(runs)
    }

    /// A new run's name: `<recipe>-<n>`, after those that are there.
    ///
    /// # Errors
    /// What the browser says.
    pub async fn new_name(&self, recipe: &str) -> Result<String, SaveError> {
        let number = |run: &String| run.strip_prefix(recipe)?.strip_prefix('-')?.parse::<u64>().ok();
        let runs = self.runs().await?;
        Ok(format!("{recipe}-{}", 1 + runs.iter().filter_map(number).max().unwrap_or(0)))
    }

    /// A file's bytes, if it is there.
    ///
    /// # Errors
    /// What the browser says.
    pub async fn load(&self, run: &str, file: &str) -> Result<Option<Vec<u8>>, SaveError> {
        Ok(self.get(run, file).await?.map(|value| Uint8Array::new(&value).to_vec()))
    }

    /// When a run was last saved, in seconds since 1970 (UTC).
    ///
    /// # Errors
    /// What the browser says.
    pub async fn saved_at(&self, run: &str) -> Result<u64, SaveError> {
        Ok(self.get(run, SAVED_AT).await?.and_then(|at| at.as_f64()).unwrap_or(0.0) as u64)
    }

    async fn get(&self, run: &str, file: &str) -> Result<Option<JsValue>, SaveError> {
        let get = async || {
            let transaction = self.0.transaction(&[FILES], TransactionMode::ReadOnly)?;
            let found = transaction.store(FILES)?.get(key(run, file)).await?;
            transaction.done().await.map(|_| found)
        };
        get().await.map_err(|error| cannot(&format!("read {run}/{file}"), &error))
    }
}

fn key(run: &str, file: &str) -> JsValue {
    format!("{run}/{file}").into()
}

fn cannot(what: &str, error: &rexie::Error) -> SaveError {
    SaveError(format!(
        "this browser's database cannot {what} ({error}): make room, leave private browsing, or download the checkpoint"
    ))
}
