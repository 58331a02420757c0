//! Posts a correctly signed test delivery: a plugin's sample, or a file as its payload.

use std::path::PathBuf;

use forgegate_model::evidence::decode_signing_key;
use forgegate_model::plugin::Subject;
use forgegate_model::secret::Secret;
use forgegate_sandbox::{Plugin, Sandbox, Settings, Source};

use crate::samples::{self, Sealed, SealingKeys};
use forgegate_cli::{Failure, client, read_secret};

/// What to send where.
#[derive(clap::Args)]
pub struct Args {
    /// The forge whose delivery it is.
    #[arg(long)]
    forge: String,
    /// The kind of event, such as `push` or `pull_request`.
    #[arg(long, default_value = "push")]
    event: String,
    /// The file that holds the integration's secret; `-` is standard input.
    #[arg(long, required_unless_present = "signing_key_file")]
    secret_file: Option<String>,
    /// The file that holds the integration's signing key; `-` is standard input.
    #[arg(long)]
    signing_key_file: Option<String>,
    /// The repository that the sample is about, as an http or https URL.
    #[arg(long, default_value = "https://git.example.com/acme/widgets")]
    repository: String,
    /// The full ref that the sample is about.
    #[arg(long = "ref", default_value = "refs/heads/main")]
    ref_name: String,
    /// The commit that the sample is about; a fresh one unless given.
    #[arg(long)]
    sha: Option<String>,
    /// The URL of the hook.
    url: String,
    /// A payload to send in place of the sample's.
    file: Option<PathBuf>,
}

/// Sends it and prints the answer's status and body. Fails unless the answer is a 2xx.
pub async fn run(args: Args) -> Result<(), Failure> {
    let plugin = plugin(&args.forge).await?;
    let keys = SealingKeys {
        secret: args
            .secret_file
            .as_deref()
            .map(read_secret)
            .transpose()?
            .map(Secret::new),
        signing_key: args
            .signing_key_file
            .as_deref()
            .map(read_secret)
            .transpose()?
            .map(|text| decode_signing_key(&text))
            .transpose()
            .map_err(Failure::new)?,
    };
    let payload = args.file.as_ref().map(|file| {
        std::fs::read(file).map_err(|error| Failure::new(format!("`{}` cannot be read: {error}", file.display())))
    });
    let about = subject(&args.repository, &args.ref_name, args.sha)?;
    let sealed = sample(&plugin, &args.event, &about, &keys, payload.transpose()?).await?;
    let (status, body) = post(&args.url, sealed).await?;
    println!("{status}");
    println!("{body}");
    if (200..300).contains(&status) {
        Ok(())
    } else {
        Err(Failure::new(format!("the delivery was answered with {status}")))
    }
}

/// The bundled plugin of a forge.
async fn plugin(forge: &str) -> Result<Plugin, Failure> {
    let component = forgegate_bundled::components()
        .iter()
        .find(|component| component.forge == forge);
    let component = component.ok_or_else(|| {
        let all: Vec<_> = forgegate_bundled::components()
            .iter()
            .map(|component| component.forge)
            .collect();
        Failure::new(format!(
            "there is no bundled plugin for `{forge}`; there are {}",
            all.join(", ")
        ))
    })?;
    let sandbox = Sandbox::new(Settings::default()).map_err(Failure::new)?;
    sandbox
        .load(component.wasm, Source::Bundled)
        .await
        .map_err(Failure::new)
}

/// What a sample is about.
///
/// # Errors
/// When the repository's URL has no owner and name.
pub fn subject(repository: &str, ref_name: &str, sha: Option<String>) -> Result<Subject, Failure> {
    let bad = || Failure::new(format!("`{repository}` is not the http or https URL of a repository"));
    samples::subject(repository, ref_name, sha).ok_or_else(bad)
}

/// A plugin's sample, sealed; with another payload where one is given.
///
/// # Errors
/// When the plugin has no such sample, or it cannot be sealed.
pub async fn sample(
    plugin: &Plugin,
    event: &str,
    about: &Subject,
    keys: &SealingKeys,
    payload: Option<Vec<u8>>,
) -> Result<Sealed, Failure> {
    let sample = plugin.sample(event, about).await.map_err(Failure::new)?;
    let mut sample = sample.ok_or_else(|| Failure::new(format!("`{}` has no sample of `{event}`", plugin.forge())))?;
    if let Some(payload) = payload {
        sample.payload = payload;
    }
    samples::seal(sample, keys).map_err(Failure::new)
}

/// Posts a delivery. Answers the status and the body.
///
/// # Errors
/// When nobody answers.
pub async fn post(url: &str, delivery: Sealed) -> Result<(u16, String), Failure> {
    let mut request = client::http()?.post(url).body(delivery.body);
    for header in delivery.headers {
        request = request.header(header.name, header.value);
    }
    let response = request
        .send()
        .await
        .map_err(|error| Failure::new(format!("{url} cannot be reached: {error}")))?;
    let status = response.status().as_u16();
    Ok((status, response.text().await.map_err(Failure::new)?))
}
