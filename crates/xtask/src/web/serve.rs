//! A server of static files for this machine alone.

use std::fs::File;
use std::path::Path;

use anyhow::{Result, anyhow};
use tiny_http::{Header, Request, Response, Server, StatusCode};

use super::site;

/// Serves the page on loopback until the program is ended.
///
/// # Errors
/// If the port is taken.
pub fn serve(port: u16, open: bool) -> Result<()> {
    let server = Server::http(("127.0.0.1", port))
        .map_err(|error| anyhow!("cannot listen on port {port} ({error}): choose another with --port"))?;
    let address = format!("http://{}/", server.server_addr());
    println!("{address} (Ctrl-C ends it)");
    if open && opener::open(&address).is_err() {
        println!("no browser could be opened: open the address yourself");
    }
    for request in server.incoming_requests() {
        // A browser that hangs up is none of our business.
        let _ = answer(request);
    }
    Ok(())
}

fn answer(request: Request) -> std::io::Result<()> {
    let path = request.url().split(['?', '#']).next().unwrap_or_default().trim_start_matches('/').to_owned();
    let path = Path::new(if path.is_empty() { "index.html" } else { &path });
    let file = if site::holds(path) { File::open(crate::root().join(path)).ok() } else { None };
    let Some(file) = file.filter(|file| file.metadata().is_ok_and(|data| data.is_file())) else {
        return request.respond(Response::empty(StatusCode(404)));
    };
    let mut response = Response::from_file(file);
    for (name, value) in [("Content-Type", site::media_type(path)), ("Cache-Control", "no-cache")] {
        if let Ok(header) = Header::from_bytes(name, value) {
            response.add_header(header);
        }
    }
    request.respond(response)
}
