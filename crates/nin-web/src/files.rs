//! Files in and out of the page.

use async_channel::unbounded;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, Document, File, FileList, HtmlAnchorElement, HtmlInputElement, Url};

/// MNIST's own names, in the order in which workers take the files. Extensions and separators differ from copy to copy.
const IDX: [&str; 4] = ["train-images", "train-labels", "t10k-images", "t10k-labels"];

fn document() -> Result<Document, JsValue> {
    web_sys::window().and_then(|window| window.document()).ok_or_else(|| "no document".into())
}

/// Lets the user choose files; none if the choice is broken off.
pub async fn choose() -> Vec<(String, Vec<u8>)> {
    let Ok(Ok(input)) =
        document().and_then(|page| page.create_element("input")).map(JsCast::dyn_into::<HtmlInputElement>)
    else {
        return Vec::new();
    };
    input.set_type("file");
    input.set_multiple(true);
    let (done, chosen) = unbounded();
    let closed = Closure::<dyn FnMut()>::new(move || {
        let _ = done.try_send(()); // chosen twice, or broken off and forgotten
    });
    input.set_onchange(Some(closed.as_ref().unchecked_ref()));
    let _ = input.add_event_listener_with_callback("cancel", closed.as_ref().unchecked_ref());
    input.click();
    let _ = chosen.recv().await;
    match input.files() {
        Some(files) => read(&files).await,
        None => Vec::new(),
    }
}

/// Names and contents; files that cannot be read are left out.
pub async fn read(files: &FileList) -> Vec<(String, Vec<u8>)> {
    let mut read = Vec::new();
    for file in (0..files.length()).filter_map(|index| files.get(index)) {
        if let Ok(bytes) = content(&file).await {
            read.push((file.name(), bytes));
        }
    }
    read
}

async fn content(file: &File) -> Result<Vec<u8>, JsValue> {
    Ok(Uint8Array::new(&JsFuture::from(file.array_buffer()).await?).to_vec())
}

/// Takes the four files of a dataset out of `given`, in the workers' order; none if none of them is there.
///
/// # Errors
/// A sentence, if some are there and some are missing.
pub fn four_idx(given: &mut [(String, Vec<u8>)]) -> Result<Option<Vec<Vec<u8>>>, String> {
    let is = |name: &str, wanted: &str| name.replace('.', "-").contains(wanted);
    let present = IDX.map(|wanted| given.iter().position(|(name, _)| is(name, wanted)));
    if present.iter().all(Option::is_none) {
        return Ok(None);
    }
    let missing: Vec<&str> =
        IDX.iter().zip(present).filter(|(_, at)| at.is_none()).map(|(name, _)| *name).collect();
    if !missing.is_empty() {
        return Err(format!("digits need four IDX files at once; missing: {}", missing.join(", ")));
    }
    Ok(Some(present.into_iter().flatten().map(|at| std::mem::take(&mut given[at].1)).collect()))
}

/// Hands `bytes` to the browser's downloads.
///
/// # Errors
/// What the browser says.
pub fn download(name: &str, bytes: &[u8]) -> Result<(), JsValue> {
    let blob = Blob::new_with_u8_array_sequence(&Array::of1(&Uint8Array::from(bytes)))?;
    let url = Url::create_object_url_with_blob(&blob)?;
    let link: HtmlAnchorElement = document()?.create_element("a")?.dyn_into()?;
    link.set_href(&url);
    link.set_download(name);
    link.click();
    Url::revoke_object_url(&url)
}
