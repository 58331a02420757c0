//! The bare server: it reads the same bodies and answers 202. What it reaches is what HTTP on this machine costs by itself.

use std::convert::Infallible;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::error::LoadError;

/// Serves on a free port until it is killed.
pub fn serve() -> Result<(), LoadError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(LoadError::system("the runtime cannot be started"))?;
    runtime
        .block_on(accept())
        .map_err(LoadError::system("the bare server cannot serve"))
}

async fn accept() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let served = http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer));
        // A connection that ends early ends for itself alone.
        tokio::spawn(served);
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Empty<Bytes>>, Infallible> {
    let read = request.into_body().collect().await;
    let status = if read.is_ok() {
        StatusCode::ACCEPTED
    } else {
        StatusCode::BAD_REQUEST
    };
    let mut response = Response::new(Empty::new());
    *response.status_mut() = status;
    Ok(response)
}
