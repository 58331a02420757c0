//! The sandbox: one engine for all plugins, and how a plugin comes into it.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use forgegate_model::crypto;
use wasmtime::Store;
use wasmtime::component::Component;
use wasmtime::component::types::ComponentItem;

use crate::bindings::{Forge, ForgePre};
use crate::call::{CallKind, Callee, SharedState};
use crate::guest::{self, Guest};
use crate::plugin::Loaded;
use crate::translate::{BadOutput, description, short, withheld};
use crate::{LoadError, Plugin, SandboxError, Settings, Source, artefact, engine};

/// The largest component that is compiled.
const MOST_COMPONENT_BYTES: usize = 32 << 20;

/// The contract that this gateway speaks.
const PACKAGE: &str = "forgegate:plugin";
const VERSION: &str = "0.1.0";
const CONTRACT: &str = "forgegate:plugin@0.1.0";

/// The engine that plugins run on. Clones share the one engine and its slots.
#[derive(Clone)]
pub struct Sandbox(Arc<SharedState>);

impl Sandbox {
    /// Starts the engine. Needs address space for every slot, but next to no memory before plugins run.
    ///
    /// # Errors
    /// When the system refuses the engine's memory or thread, or the folder for compiled plugins cannot be made.
    pub fn new(settings: Settings) -> Result<Self, SandboxError> {
        let failed = |error: wasmtime::Error| SandboxError::Engine(short(&format!("{error:#}")));
        if let Some(cache) = &settings.artefacts {
            artefact::prepare(cache)?;
        }
        let engine = engine::start(&settings).map_err(failed)?;
        let linker = guest::linker(&engine).map_err(failed)?;
        Ok(Self(Arc::new(SharedState::new(engine, linker, settings))))
    }

    /// Loads a plugin: compiles it, or takes the kept compilation, checks that it fits the contract, and asks it to describe
    /// itself under the limits of any call. Compiling does not block the runtime.
    ///
    /// # Errors
    /// When it is too large, no component, made for another contract, or its description is missing or against the contract.
    pub async fn load(&self, bytes: impl Into<Bytes>, source: Source) -> Result<Plugin, LoadError> {
        let begun = Instant::now();
        let bytes = bytes.into();
        if bytes.len() > MOST_COMPONENT_BYTES {
            return Err(LoadError::TooLarge {
                plugin: source.label(),
                bytes: bytes.len(),
                limit: MOST_COMPONENT_BYTES,
            });
        }
        let size_bytes = bytes.len();
        let digest = hex::encode(crypto::sha256(&bytes));
        let component = self.compile(bytes, digest.clone(), &source).await?;
        let imports = self.imports(&component);
        let callee = self.link(&component, &source)?;
        let description = describe(&callee, &source).await?;
        let loaded = Loaded {
            callee: callee.renamed(&description.forge),
            withheld: withheld(&description),
            description,
            digest: format!("sha256:{digest}"),
            imports,
            source,
            size_bytes,
            load_time: begun.elapsed(),
        };
        Ok(Plugin::new(loaded))
    }

    /// The limits that every call has.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    async fn compile(&self, bytes: Bytes, digest: String, source: &Source) -> Result<Component, LoadError> {
        let shared = Arc::clone(&self.0);
        let compiled = tokio::task::spawn_blocking(move || {
            let cache = shared.settings.artefacts.as_ref();
            artefact::component(&shared.engine, cache, &bytes, &digest)
        });
        match compiled.await {
            Ok(Ok(component)) => Ok(component),
            Ok(Err(error)) => Err(LoadError::NotAComponent {
                plugin: source.label(),
                message: short(&format!("{error:#}")),
            }),
            Err(error) => Err(LoadError::Host {
                plugin: source.label(),
                message: error.to_string(),
            }),
        }
    }

    fn link(&self, component: &Component, source: &Source) -> Result<Callee, LoadError> {
        let linked = self.0.linker.instantiate_pre(component);
        let callee = linked
            .and_then(ForgePre::new)
            .and_then(|linked| Callee::new(&source.label(), Arc::clone(&self.0), linked));
        match callee {
            Ok(callee) => Ok(callee),
            Err(error) => Err(self.misfit(component, source, &error)),
        }
    }

    fn misfit(&self, component: &Component, source: &Source, error: &wasmtime::Error) -> LoadError {
        let plugin = source.label();
        match self.other_version(component) {
            Some(theirs) => LoadError::OtherVersion {
                plugin,
                theirs,
                ours: CONTRACT,
            },
            None => LoadError::OtherWorld {
                plugin,
                message: short(&format!("{error:#}")),
            },
        }
    }

    /// The version of our contract that the component was made for, if it is not ours.
    fn other_version(&self, component: &Component) -> Option<String> {
        let engine = &self.0.engine;
        let shape = component.component_type();
        let imports = shape.imports(engine).map(|(name, _)| name.to_owned());
        let exports = shape.exports(engine).map(|(name, _)| name.to_owned());
        imports.chain(exports).find_map(|name| {
            let (interface, version) = name.split_once('@')?;
            let (package, _) = interface.split_once('/')?;
            (package == PACKAGE && version != VERSION).then(|| format!("{package}@{version}"))
        })
    }

    /// The interfaces that the component can call, without those that only name types.
    fn imports(&self, component: &Component) -> Vec<String> {
        let engine = &self.0.engine;
        let calls = |item: &ComponentItem| match item {
            ComponentItem::ComponentInstance(instance) => instance
                .exports(engine)
                .any(|(_, it)| matches!(it.ty, ComponentItem::ComponentFunc(_) | ComponentItem::Resource(_))),
            ComponentItem::Type(_) => false,
            _ => true,
        };
        component
            .component_type()
            .imports(engine)
            .filter(|(_, it)| calls(&it.ty))
            .map(|(name, _)| name.to_owned())
            .collect()
    }
}

async fn describe(callee: &Callee, source: &Source) -> Result<forgegate_model::plugin::Description, LoadError> {
    let failed = |error| LoadError::Describe {
        plugin: source.label(),
        cause: error,
    };
    let work =
        async |guest: &Forge, store: &mut Store<Guest>| guest.forgegate_plugin_descriptor().call_describe(store).await;
    let given = callee
        .call("describe", CallKind::LIGHT, work, Ok)
        .await
        .map_err(failed)?;
    description(given).map_err(|BadOutput(what)| LoadError::Description {
        plugin: source.label(),
        what,
    })
}
