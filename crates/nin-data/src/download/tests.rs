//! Downloads from a server on this machine.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::*;

/// What the server does with every request.
#[derive(Clone, Copy)]
enum Behaviour {
    Serve,
    NotFound,
    /// Promises all, sends half.
    Truncate,
    /// Sends as much of something else.
    Alter,
}

const IMAGES: &[u8] = &[0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 200];
const LABELS: &[u8] = &[0, 0, 8, 1, 0, 0, 0, 1, 4];

/// One image of one pixel, twice; the sums were computed with `sha256sum`.
const TINY: Collection = Collection {
    name: "tiny",
    mirrors: &["http://127.0.0.1:9/first/", "http://127.0.0.1:9/second/"],
    files: [
        RemoteFile { name: "train-images", sha256: Sum::Unpacked(IMAGES_SUM) },
        RemoteFile { name: "train-labels", sha256: Sum::Packed(LABELS_SUM) },
        RemoteFile { name: "t10k-images", sha256: Sum::Packed(IMAGES_SUM) },
        RemoteFile { name: "t10k-labels", sha256: Sum::Unpacked(LABELS_SUM) },
    ],
};
const IMAGES_SUM: &str = "1990307b68058c49cacf6eb31bc5abbf598cd6b5c980a39391c3254830c14b48";
const LABELS_SUM: &str = "deb524d38922e93ae64292c3991bd7cfed64a6d91d3795b657c4b88020265c01";

/// Serves until the test process ends; returns its address and how many requests it had.
fn serve(behaviour: Behaviour) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/data/", listener.local_addr().unwrap());
    let requests = Arc::new(AtomicUsize::new(0));
    let count = requests.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            count.fetch_add(1, Ordering::SeqCst);
            answer(stream.unwrap(), behaviour);
        }
    });
    (address, requests)
}

fn answer(mut stream: std::net::TcpStream, behaviour: Behaviour) {
    let mut request = String::new();
    let mut lines = BufReader::new(stream.try_clone().unwrap());
    while !request.ends_with("\r\n\r\n") {
        assert!(lines.read_line(&mut request).unwrap() > 0, "the request ended early: {request}");
    }
    assert!(request.starts_with("GET /data/"), "{request}");
    let content = if request.contains("images ") { IMAGES } else { LABELS };
    let (status, body) = match behaviour {
        Behaviour::Serve => ("200 OK", content.to_vec()),
        Behaviour::NotFound => ("404 Not Found", b"nothing here".to_vec()),
        Behaviour::Truncate => ("200 OK", content[..content.len() / 2].to_vec()),
        Behaviour::Alter => ("200 OK", content.iter().map(|byte| byte ^ 1).collect()),
    };
    let length = if matches!(behaviour, Behaviour::Truncate) { content.len() } else { body.len() };
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n").unwrap();
    stream.write_all(&body).unwrap();
}

fn fetch_quietly(mirrors: &[String], folder: &Path) -> Result<Dataset, DataError> {
    fetch(&TINY, mirrors, folder, &mut |_, _, _| {})
}

/// Nothing but whole files may lie in the cache.
fn cached(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn downloads_once_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache/tiny");
    let (address, requests) = serve(Behaviour::Serve);
    let mut heard = Vec::new();
    let data = fetch(&TINY, std::slice::from_ref(&address), &cache, &mut |name, bytes, total| {
        heard.push((name.to_owned(), bytes, total));
    });
    let data = data.unwrap();
    assert_eq!((data.name.as_str(), data.train.images[0], data.test.labels[0]), ("tiny", 200, 4));
    assert_eq!(heard.first(), Some(&("train-images".to_owned(), 0, Some(17))));
    assert_eq!(heard.last(), Some(&("t10k-labels".to_owned(), 9, Some(9))));
    assert_eq!(cached(&cache), ["t10k-images", "t10k-labels", "train-images", "train-labels"]);

    assert_eq!(fetch_quietly(std::slice::from_ref(&address), &cache).unwrap(), data);
    assert_eq!(requests.load(Ordering::SeqCst), 4, "the second time comes from the cache");

    fs::write(cache.join("t10k-images"), b"damaged").unwrap();
    assert_eq!(fetch_quietly(&[address], &cache).unwrap(), data);
    assert_eq!(requests.load(Ordering::SeqCst), 5, "only the damaged file is fetched again");
}

#[test]
fn bad_answers_are_told_and_nothing_is_kept() {
    let cases = [
        (Behaviour::NotFound, "404"),
        (Behaviour::Truncate, "the connection broke after 8 bytes"),
        (Behaviour::Alter, "expected SHA-256 1990307b68058c49"),
    ];
    for (behaviour, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        let (address, requests) = serve(behaviour);
        let said = fetch_quietly(std::slice::from_ref(&address), folder.path()).unwrap_err().to_string();
        assert!(
            said.starts_with(&format!("cannot download train-images ({address}train-images: ")),
            "{said}"
        );
        assert!(said.contains(expected), "{said}");
        assert_eq!(requests.load(Ordering::SeqCst), 1, "the first failure ends it");
        assert_eq!(cached(folder.path()), [""; 0]);
    }
}

#[test]
fn the_next_mirror_is_tried() {
    let folder = tempfile::tempdir().unwrap();
    let (bad, _) = serve(Behaviour::Alter);
    let (good, requests) = serve(Behaviour::Serve);
    assert!(fetch_quietly(&[bad, good], folder.path()).is_ok());
    assert_eq!(requests.load(Ordering::SeqCst), 4);
}

#[test]
fn nobody_there_is_told_for_every_mirror() {
    // A port that was free a moment ago.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let folder = tempfile::tempdir().unwrap();
    let said = fetch_quietly(&[address.clone(), address.clone()], folder.path()).unwrap_err().to_string();
    assert_eq!(said.matches(&address).count(), 2, "{said}");
}

#[test]
fn the_variable_takes_the_mirrors_place() {
    assert_eq!(mirrors(&TINY, None), TINY.mirrors);
    assert_eq!(mirrors(&TINY, Some(String::new())), TINY.mirrors);
    assert_eq!(mirrors(&TINY, Some("http://here/there".to_owned())), ["http://here/there/"]);
    assert_eq!(mirrors(&TINY, Some("http://here/there/".to_owned())), ["http://here/there/"]);
}
