//! The server of every fake forge: HTTP on loopback, the faults, the log, and the deliveries of hooks.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::call::Delivery;
use super::faults::Faults;
use super::world::{Posted, World};
use super::{Call, Fault, Kind, Logged, Reply};

/// The longest time that a forge waits for a hook's answer.
const HOOK_PATIENCE: Duration = Duration::from_secs(5);

pub(super) struct Server {
    pub address: SocketAddr,
    pub shared: Arc<Shared>,
    task: JoinHandle<()>,
}

pub(super) struct Shared {
    kind: Box<dyn Kind>,
    /// The prefix of every path; empty for a forge at the root.
    prefix: String,
    world: Mutex<World>,
    calls: Mutex<Vec<Logged>>,
    faults: Mutex<Faults>,
    client: reqwest::Client,
}

impl Server {
    pub(super) async fn start(kind: Box<dyn Kind>, prefix: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("its number");
        let mut world = World::default();
        world.web = format!("http://{address}{prefix}");
        let client = reqwest::Client::builder().no_proxy().timeout(HOOK_PATIENCE).build();
        let shared = Arc::new(Shared {
            kind,
            prefix: prefix.to_owned(),
            world: Mutex::new(world),
            calls: Mutex::default(),
            faults: Mutex::default(),
            client: client.expect("a client"),
        });
        let task = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Self { address, shared, task }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Ends with its task, and every connection with it.
async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        if let Ok((stream, _)) = listener.accept().await {
            connections.spawn(connection(stream, Arc::clone(&shared)));
        }
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    let service = service_fn(|request| {
        let shared = Arc::clone(&shared);
        async move {
            let call = taken_apart(request, &shared.prefix).await?;
            let reply = shared.answer(call).await.ok_or(io::ErrorKind::ConnectionReset)?;
            Ok::<_, io::Error>(reply.written())
        }
    });
    // An error is a connection that was dropped, mostly on purpose.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

impl Shared {
    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().expect("the world")
    }

    pub(super) fn calls(&self) -> MutexGuard<'_, Vec<Logged>> {
        self.calls.lock().expect("the calls")
    }

    pub(super) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().expect("the faults")
    }

    /// The answer; none where the connection is dropped instead.
    async fn answer(self: Arc<Self>, call: Call) -> Option<Reply> {
        let fault = self.faults().draw(&call);
        let reply = match &fault {
            Some(Fault::Fail(status)) => Some(went_wrong(*status)),
            Some(Fault::FailAfter(status)) => {
                self.work(&call).await;
                Some(went_wrong(*status))
            }
            Some(Fault::RateLimit(shape)) => Some(self.kind.rate_limited(&call, *shape)),
            Some(Fault::Answer(reply)) => Some(reply.clone()),
            Some(Fault::DropBefore) => None,
            Some(Fault::DropAfter) => {
                self.work(&call).await;
                None
            }
            Some(Fault::Delay(time)) => {
                tokio::time::sleep(*time).await;
                Some(self.work(&call).await)
            }
            None => Some(self.work(&call).await),
        };
        let logged = Logged {
            call,
            reply: reply.clone(),
            fault,
        };
        self.calls().push(logged);
        reply
    }

    async fn work(self: &Arc<Self>, call: &Call) -> Reply {
        let mut reply = self.kind.answer(&mut self.world(), call);
        match reply.delivery.take() {
            Some(delivery) if delivery.awaited => drop(self.post(delivery).await),
            Some(delivery) => drop(tokio::spawn({
                let shared = Arc::clone(self);
                async move { shared.post(delivery).await }
            })),
            None => {}
        }
        reply
    }

    /// Posts a delivery, and notes how it went; the answer's status, 0 where there was none.
    pub(super) async fn post(&self, delivery: Delivery) -> u16 {
        let mut request = self.client.post(&delivery.url).body(delivery.body.clone());
        for (name, value) in &delivery.headers {
            request = request.header(name, value);
        }
        let status = request.send().await.map_or(0, |answer| answer.status().as_u16());
        let posted = Posted {
            id: delivery.id,
            guid: delivery.guid,
            event: delivery.event,
            body: delivery.body,
            at: seconds(),
            status,
        };
        let mut world = self.world();
        match world.hooks.iter_mut().find(|hook| Some(hook.id) == delivery.hook) {
            Some(hook) => {
                if (200..300).contains(&status) {
                    hook.disabled = None;
                }
                hook.posted.push(posted);
            }
            None => world.posted.push(posted),
        }
        status
    }
}

impl Reply {
    fn written(self) -> Response<Full<Bytes>> {
        let mut response = Response::builder().status(self.status);
        for (name, value) in self.headers {
            response = response.header(name, value);
        }
        response
            .body(Full::new(self.body.into()))
            .expect("an answer that can be written")
    }
}

fn went_wrong(status: u16) -> Reply {
    Reply::text(status, "text/html", "<html>something went wrong</html>")
}

async fn taken_apart(request: Request<Incoming>, prefix: &str) -> io::Result<Call> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes().to_vec();
    let whole = head.uri.path();
    // What is not under the prefix keeps its slashes and is found nowhere.
    let path = whole.strip_prefix(prefix).unwrap_or("/outside");
    let fields = head.headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.as_str().to_owned(), value)
    });
    let pairs = head
        .uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|it| !it.is_empty());
    Ok(Call {
        method: head.method.as_str().to_owned(),
        path: path.to_owned(),
        segments: path.split('/').skip(1).map(decoded).collect(),
        query: pairs.map(pair).collect(),
        headers: fields.collect(),
        body,
    })
}

/// Seconds since 1970.
pub(super) fn seconds() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.expect("a clock past 1970").as_secs()
}

/// A pair of a query or a form.
pub(super) fn pair(text: &str) -> (String, String) {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    (decoded(&name.replace('+', " ")), decoded(&value.replace('+', " ")))
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let escaped = match (first, after) {
            (b'%', [high, low, ..]) => hex::decode([*high, *low]).ok(),
            _ => None,
        };
        rest = after;
        match escaped {
            Some(byte) => {
                bytes.extend(byte);
                rest = &after[2..];
            }
            None => bytes.push(*first),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
