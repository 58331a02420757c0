//! WASI with nothing behind it, for components whose language cannot do without: a clock and random numbers are real; there are no
//! files, no environment, no arguments, no sockets and no input; output goes to the log.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime::component::{Linker, ResourceTable};
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use super::Guest;
use super::guest_log::GuestLog;

/// Handles that one call may hold at once.
const MOST_HANDLES: usize = 1024;

/// Random bytes that one call of the guest may ask for: they are made in the host's memory.
const MOST_RANDOM_BYTES: u64 = 64 << 10;

/// The most bytes of output that are taken at once.
const OUTPUT_BYTES: usize = 4096;

/// The WASI of one call, made when the guest first asks for any: most never do.
#[derive(Default)]
pub(super) struct Wasi {
    context: Option<WasiCtx>,
    table: ResourceTable,
}

pub(super) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_async(linker)
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let Wasi { context, table } = &mut self.wasi;
        table.set_max_capacity(MOST_HANDLES);
        let ctx = context.get_or_insert_with(|| context_with(&self.log));
        WasiCtxView { ctx, table }
    }
}

fn context_with(log: &GuestLog) -> WasiCtx {
    let mut builder = WasiCtx::builder();
    builder
        .stdout(Output(log.clone()))
        .stderr(Output(log.clone()))
        .max_random_size(MOST_RANDOM_BYTES)
        .allow_tcp(false)
        .allow_udp(false)
        .allow_ip_name_lookup(false);
    builder.build()
}

/// Standard output and error: always ready, always into the log.
struct Output(GuestLog);

impl IsTerminal for Output {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Output {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(Self(self.0.clone()))
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(Self(self.0.clone()))
    }
}

impl Pollable for Output {
    fn ready<'a, 'b>(&'a mut self) -> Pin<Box<dyn Future<Output = ()> + Send + 'b>>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(std::future::ready(()))
    }
}

impl OutputStream for Output {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.0.output(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(OUTPUT_BYTES)
    }
}

impl AsyncWrite for Output {
    fn poll_write(self: Pin<&mut Self>, _context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.0.output(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
