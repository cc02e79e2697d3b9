//! Downloads from servers on this machine.

use std::io::{BufRead as _, BufReader};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use super::*;
use crate::cache::{fetch, state};
use crate::{DataError, Dataset};

/// What a server does with every request.
#[derive(Clone, Copy, PartialEq)]
enum Behaviour {
    /// Gives what is asked for, parts as well.
    Serve,
    /// Gives the whole, whatever is asked for.
    Whole,
    NotFound,
    /// Promises all that is asked for, sends half of it.
    Cut,
    /// Sends half and keeps silent from then on.
    Stall,
    /// Sends a byte, sleeps, sends a byte.
    Slow,
    /// Sends as much of something else.
    Alter,
}

/// How long a server may keep silent here, and how long one that stalls does: longer than any test waits.
const PATIENCE: Duration = Duration::from_secs(2);
const SILENCE: Duration = Duration::from_secs(600);

const IMAGES: &[u8] = &[0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 200];
const LABELS: &[u8] = &[0, 0, 8, 1, 0, 0, 0, 1, 4];

/// One image of one pixel, twice; the sums were computed with `sha256sum`.
const TINY: Collection = Collection {
    name: "tiny",
    images: [1, 1],
    megabytes: 0,
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

/// A server that lives until the test process ends.
struct Server {
    address: String,
    /// The first byte that each request asked for.
    requests: Arc<Mutex<Vec<usize>>>,
}

impl Server {
    fn new(behaviour: Behaviour) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/data/", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let heard = requests.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let heard = heard.clone();
                std::thread::spawn(move || answer(stream.unwrap(), behaviour, &heard));
            }
        });
        Server { address, requests }
    }

    fn requests(&self) -> Vec<usize> {
        self.requests.lock().unwrap().clone()
    }
}

fn answer(mut stream: TcpStream, behaviour: Behaviour, heard: &Mutex<Vec<usize>>) {
    let mut request = String::new();
    let mut lines = BufReader::new(stream.try_clone().unwrap());
    while !request.ends_with("\r\n\r\n") {
        assert!(lines.read_line(&mut request).unwrap() > 0, "the request ended early: {request}");
    }
    assert!(request.starts_with("GET /data/"), "{request}");
    let range = request.to_lowercase().split_once("range: bytes=").map(|(_, rest)| rest.to_owned());
    let from: usize = range.map_or(0, |range| range.split_once('-').unwrap().0.parse().unwrap());
    heard.lock().unwrap().push(from);
    let content = if request.contains("images ") { IMAGES } else { LABELS };
    let ranges = behaviour != Behaviour::Whole && from > 0;
    let (status, body) = match behaviour {
        Behaviour::NotFound => ("404 Not Found".to_owned(), b"nothing here".to_vec()),
        _ if ranges && from >= content.len() => ("416 Range Not Satisfiable".to_owned(), Vec::new()),
        Behaviour::Alter => ("200 OK".to_owned(), content.iter().map(|byte| byte ^ 1).collect()),
        _ if ranges => {
            let range = format!("bytes {from}-{}/{}", content.len() - 1, content.len());
            (format!("206 Partial Content\r\nContent-Range: {range}"), content[from..].to_vec())
        }
        _ => ("200 OK".to_owned(), content.to_vec()),
    };
    let length = body.len();
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n").unwrap();
    match behaviour {
        Behaviour::Cut => stream.write_all(&body[..length / 2]).unwrap(),
        Behaviour::Stall => {
            stream.write_all(&body[..length / 2]).unwrap();
            std::thread::sleep(SILENCE);
        }
        Behaviour::Slow => body.iter().for_each(|byte| {
            stream.write_all(&[*byte]).unwrap();
            std::thread::sleep(Duration::from_millis(5));
        }),
        _ => stream.write_all(&body).unwrap(),
    }
}

fn fetch_from(mirrors: &[&Server], folder: &Path) -> Result<Dataset, DataError> {
    let mirrors = mirrors.iter().map(|server| server.address.clone()).collect();
    fetch(&TINY, &Source { mirrors, patience: PATIENCE }, folder, &mut |_, _, _| {})
}

/// What lies in the cache, locks left out.
fn cached(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
    names.sort();
    names
}

#[test]
fn downloads_once_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache/tiny");
    let server = Server::new(Behaviour::Serve);
    let source = Source { mirrors: vec![server.address.clone()], patience: PATIENCE };
    assert_eq!((state(&TINY, &cache).bytes, state(&TINY, &cache).complete), (0, false));
    let mut heard = Vec::new();
    let data = fetch(&TINY, &source, &cache, &mut |name, bytes, total| {
        heard.push((name.to_owned(), bytes, total));
    });
    let data = data.unwrap();
    assert_eq!((data.name.as_str(), data.train.images[0], data.test.labels[0]), ("tiny", 200, 4));
    assert_eq!(heard.first(), Some(&("train-images".to_owned(), 0, None)));
    assert_eq!(heard.last(), Some(&("t10k-labels".to_owned(), 9, Some(9))));
    assert_eq!(cached(&cache), ["t10k-images", "t10k-labels", "train-images", "train-labels"]);
    assert_eq!((state(&TINY, &cache).bytes, state(&TINY, &cache).complete), (52, true));

    assert_eq!(fetch_from(&[&server], &cache).unwrap(), data);
    assert_eq!(server.requests().len(), 4, "the second time comes from the cache");

    fs::write(cache.join("t10k-images"), b"damaged").unwrap();
    assert_eq!(fetch_from(&[&server], &cache).unwrap(), data);
    assert_eq!(server.requests().len(), 5, "only the damaged file is fetched again");
}

#[test]
fn bad_answers_are_told_and_nothing_is_kept() {
    let cases = [(Behaviour::NotFound, "404"), (Behaviour::Alter, "expected SHA-256 1990307b68058c49")];
    for (behaviour, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::new(behaviour);
        let said = fetch_from(&[&server], folder.path()).unwrap_err().to_string();
        let start = format!("cannot download train-images ({0}train-images: ", server.address);
        assert!(said.starts_with(&start) && said.contains(expected), "{said}");
        assert_eq!(server.requests(), [0], "the first failure ends it");
        assert_eq!(cached(folder.path()), [""; 0]);
    }
}

#[test]
fn a_cut_download_goes_on_where_it_was_cut() {
    let folder = tempfile::tempdir().unwrap();
    let cut = Server::new(Behaviour::Cut);
    let said = fetch_from(&[&cut], folder.path()).unwrap_err().to_string();
    assert!(said.contains("the connection broke after 15 bytes"), "{said}");
    assert_eq!(cut.requests(), [0, 8, 12, 14], "as long as it gives something it is asked again");
    assert_eq!(cached(folder.path()), ["train-images.part"]);
    assert_eq!((state(&TINY, folder.path()).bytes, state(&TINY, folder.path()).complete), (15, false));

    let server = Server::new(Behaviour::Serve);
    let mut heard = Vec::new();
    let source = Source { mirrors: vec![server.address.clone()], patience: PATIENCE };
    let data = fetch(&TINY, &source, folder.path(), &mut |_, bytes, total| heard.push((bytes, total)));
    assert!(data.is_ok());
    assert_eq!(heard[..2], [(0, None), (17, Some(17))]);
    assert_eq!(server.requests(), [15, 0, 0, 0]);
    assert_eq!(cached(folder.path()), ["t10k-images", "t10k-labels", "train-images", "train-labels"]);
}

#[test]
fn a_part_that_does_not_fit_is_fetched_anew() {
    // Ten bytes that are the right ones, for a server that knows no parts; ten wrong ones; a part as long as the
    // whole, wrong and right; one that is longer.
    let long = [IMAGES, IMAGES].concat();
    let cases: [(Behaviour, &[u8], &[usize]); 5] = [
        (Behaviour::Whole, &IMAGES[..10], &[10]),
        (Behaviour::Serve, &[7; 10], &[10, 0]),
        (Behaviour::Serve, &[7; 17], &[17, 0]),
        (Behaviour::Serve, IMAGES, &[17]),
        (Behaviour::Serve, &long, &[34, 0]),
    ];
    for (behaviour, part, requests) in cases {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("train-images.part"), part).unwrap();
        let server = Server::new(behaviour);
        fetch_from(&[&server], folder.path()).unwrap();
        assert_eq!(server.requests()[..requests.len()], *requests, "{part:?}");
        assert_eq!(server.requests().len(), requests.len() + 3);
        assert_eq!(fs::read(folder.path().join("train-images")).unwrap(), IMAGES);
    }
}

#[test]
fn the_next_mirror_is_tried_and_goes_on_where_the_first_one_stopped() {
    for (first, asked) in [(Behaviour::Alter, 0), (Behaviour::NotFound, 0), (Behaviour::Stall, 15)] {
        let folder = tempfile::tempdir().unwrap();
        let (bad, good) = (Server::new(first), Server::new(Behaviour::Serve));
        assert!(fetch_file_of(&[&bad, &good], folder.path()).is_ok());
        assert_eq!(good.requests(), [asked]);
    }
    let folder = tempfile::tempdir().unwrap();
    let (nobody, good) =
        (Server { address: nobodys_address(), requests: Arc::default() }, Server::new(Behaviour::Serve));
    assert!(fetch_from(&[&nobody, &good], folder.path()).is_ok());
    assert_eq!(good.requests().len(), 4);
}

/// Only the first file, so that a server that stalls is waited for only a few times.
fn fetch_file_of(mirrors: &[&Server], folder: &Path) -> Result<Vec<u8>, DataError> {
    let mirrors = mirrors.iter().map(|server| server.address.clone()).collect();
    let source = Source { mirrors, patience: Duration::from_millis(700) };
    source.download(&TINY.files[0], &folder.join("train-images"), &mut |_, _, _| {})
}

#[test]
fn a_slow_server_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::new(Behaviour::Slow);
    assert!(fetch_from(&[&server], folder.path()).is_ok());
    assert_eq!(server.requests(), [0, 0, 0, 0]);
}

#[test]
fn two_programs_download_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::new(Behaviour::Slow);
    std::thread::scope(|scope| {
        let both = [0, 1].map(|_| scope.spawn(|| fetch_from(&[&server], folder.path())));
        both.into_iter().for_each(|one| assert!(one.join().unwrap().is_ok()));
    });
    assert_eq!(server.requests().len(), 4);
}

/// Of a port that was free a moment ago.
fn nobodys_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}/", listener.local_addr().unwrap())
}

#[test]
fn without_a_network_it_is_told_for_every_mirror() {
    let folder = tempfile::tempdir().unwrap();
    let mirrors = vec![nobodys_address(), nobodys_address()];
    let source = Source { mirrors: mirrors.clone(), patience: PATIENCE };
    let error = fetch(&TINY, &source, folder.path(), &mut |_, _, _| {}).unwrap_err();
    assert!(matches!(error, DataError::Offline { file: "train-images", .. }), "{error}");
    assert!(mirrors.iter().all(|address| error.to_string().contains(address)), "{error}");
    assert_eq!(cached(folder.path()), [""; 0]);
}

#[test]
fn the_variable_takes_the_mirrors_place() {
    assert_eq!(mirrors(&TINY, None), TINY.mirrors);
    assert_eq!(mirrors(&TINY, Some(String::new())), TINY.mirrors);
    assert_eq!(mirrors(&TINY, Some("http://here/there".to_owned())), ["http://here/there/"]);
    assert_eq!(mirrors(&TINY, Some("http://here/there/".to_owned())), ["http://here/there/"]);
}
