//! Where the digits come from: fetched beside the page, or files that the user gave.

use std::collections::BTreeMap;

use js_sys::{Reflect, Uint8Array};
use nin_data::{DataError, Dataset, embedded_from_files, from_idx_files};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Response, Url};

use crate::post::scope;

/// The files of the digits that come with nin, seen from the page.
const EMBEDDED: [&str; 2] = ["assets/digits-images-idx3-ubyte.gz", "assets/digits-labels-idx1-ubyte.gz"];
/// What the program downloads by name, and a mirror of it.
const ELSEWHERE: [(&str, &str); 2] = [
    ("mnist", "https://ossci-datasets.s3.amazonaws.com/mnist/"),
    ("fashion-mnist", "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"),
];
/// MNIST's own names, in the order of [`from_idx_files`].
const NAMES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

/// Datasets that the user gave, by name.
#[derive(Default)]
pub struct Given(BTreeMap<String, Dataset>);

/// Why there are no digits.
#[derive(Debug, thiserror::Error)]
pub enum DigitsError {
    /// The files are wrong.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Not four files.
    #[error("{0} files of digits were given: expected the four IDX files of MNIST")]
    Count(usize),
    /// A file did not come.
    #[error(
        "cannot fetch {file} ({reason}): check the connection and that the file lies there, or drop the four IDX files on the page"
    )]
    Fetch { file: String, reason: String },
    /// They lie on another site.
    #[error(
        "`{name}` lies on another site, and this page asks nothing of others: get its four files ({how}) and drop them on the page together"
    )]
    Elsewhere { name: String, how: String },
    /// Nowhere to look.
    #[error(
        "no data at `{0}`: expected embedded, a folder's address that ends with `/`, or four IDX files dropped on the page"
    )]
    Unknown(String),
}

impl Given {
    /// Takes the four IDX files of a dataset, in the order of [`from_idx_files`].
    pub fn take(&mut self, name: String, files: &[Vec<u8>]) -> Result<(), DigitsError> {
        let [train_images, train_labels, test_images, test_labels] = files else {
            return Err(DigitsError::Count(files.len()));
        };
        let dataset = from_idx_files(&name, train_images, train_labels, test_images, test_labels)?;
        self.0.insert(name, dataset);
        Ok(())
    }

    /// What the user gave with this identity, and its name.
    pub fn identical(&self, sha256: &str) -> Option<(String, Dataset)> {
        let (name, dataset) = self.0.iter().find(|(_, dataset)| dataset.sha256 == sha256)?;
        Some((name.clone(), dataset.clone()))
    }

    /// The data that a recipe names: what the user gave under that name, `embedded`, or a folder's address. `tell` hears
    /// how far a file has come: its name, bytes so far, and bytes in all where the server says so.
    pub async fn open(
        &self,
        name: &str,
        tell: &dyn Fn(&str, u64, Option<u64>),
    ) -> Result<Dataset, DigitsError> {
        if let Some(dataset) = self.0.get(name) {
            return Ok(dataset.clone());
        }
        if name == "embedded" {
            let [images, labels] =
                EMBEDDED.map(|file| address(file).map_or(file.to_owned(), |url| url.href()));
            return Ok(embedded_from_files(&fetch(&images, tell).await?, &fetch(&labels, tell).await?)?);
        }
        if let Some((_, mirror)) = ELSEWHERE.iter().find(|(known, _)| *known == name) {
            let how = format!("by `nin data fetch {name}`, or from {mirror}");
            return Err(DigitsError::Elsewhere { name: name.to_owned(), how });
        }
        if !name.ends_with('/') {
            return Err(DigitsError::Unknown(name.to_owned()));
        }
        let folder = address(name).ok_or_else(|| DigitsError::Unknown(name.to_owned()))?;
        if folder.origin() != scope().location().origin() {
            let how = format!("from {name}");
            return Err(DigitsError::Elsewhere { name: name.to_owned(), how });
        }
        let mut files = Vec::new();
        for file in NAMES {
            files.push(fetch(&format!("{}{file}.gz", folder.href()), tell).await?);
        }
        Ok(from_idx_files(name, &files[0], &files[1], &files[2], &files[3])?)
    }
}

/// An address as the page means it: the workers' script lies in a folder beside the page.
fn address(of: &str) -> Option<Url> {
    let page = Url::new_with_base("..", &scope().location().href()).ok()?;
    Url::new_with_base(of, &page.href()).ok()
}

/// What lies at `url`, told piece by piece.
async fn fetch(url: &str, tell: &dyn Fn(&str, u64, Option<u64>)) -> Result<Vec<u8>, DigitsError> {
    let file = url.rsplit('/').next().unwrap_or(url).to_owned();
    let refused = |reason: String| DigitsError::Fetch { file: file.clone(), reason };
    let failed = |error: JsValue| refused(describe(&error));
    let response: Response =
        JsFuture::from(scope().fetch_with_str(url)).await.map_err(failed)?.unchecked_into();
    if !response.ok() {
        return Err(refused(format!("the server says {}", response.status())));
    }
    let total =
        response.headers().get("content-length").ok().flatten().and_then(|length| length.parse().ok());
    let body = response.body().ok_or_else(|| refused("the answer is empty".to_owned()))?;
    let reader: web_sys::ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    let mut bytes = Vec::new();
    loop {
        let part = JsFuture::from(reader.read()).await.map_err(failed)?;
        let Ok(value) = Reflect::get(&part, &"value".into()).map_err(failed)?.dyn_into::<Uint8Array>() else {
            return Ok(bytes);
        };
        bytes.extend(value.to_vec());
        tell(&file, bytes.len() as u64, total);
    }
}

/// A JavaScript error's message.
fn describe(error: &JsValue) -> String {
    error
        .dyn_ref::<js_sys::Error>()
        .map_or_else(|| format!("{error:?}"), |error| String::from(error.message()))
}
