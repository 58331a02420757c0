//! Samples: what one is about, and what it is.

use forgegate_model::plugin::{Description, Encoding, Seal, Subject, Unsealed};

use super::evidence::{credential, digest, message, token};
use super::{Checked, caps, headers};
use crate::bindings::exports::forgegate::plugin::samples as wit;

/// Header fields and seals that one sample may have.
const MOST_FIELDS: usize = 64;
const MOST_SEALS: usize = 8;

pub(crate) fn subject(about: &Subject) -> wit::Subject {
    wit::Subject {
        full_name: about.full_name.clone(),
        repository_id: about.repository_id,
        origin: about.origin.clone(),
        ref_: about.ref_name.clone(),
        before: about.before.clone(),
        after: about.after.clone(),
        delivery_id: about.delivery_id.clone(),
        sent_at: about.sent_at,
    }
}

pub(crate) fn unsealed(sample: wit::Unsealed, about: &Description) -> Checked<Unsealed> {
    let fields = caps::list("headers", sample.headers, MOST_FIELDS, |field| {
        headers::name("headers", field.name.clone())?;
        Ok(field)
    })?;
    Ok(Unsealed {
        headers: headers::from_guest(fields),
        payload: sample.payload,
        seals: caps::list("seals", sample.seals, MOST_SEALS, |it| seal(it, about))?,
    })
}

fn seal(seal: wit::Seal, about: &Description) -> Checked<Seal> {
    Ok(match seal {
        wit::Seal::Mac(mac) => Seal::Mac {
            credential: credential(mac.credential),
            digest: digest(mac.digest),
            message: message(mac.message)?,
            header: headers::name("seals", mac.header)?,
            prefix: caps::line("seals", mac.prefix)?,
            encoding: match mac.encoding {
                wit::Encoding::Hex => Encoding::Hex,
                wit::Encoding::Base64 => Encoding::Base64,
            },
        },
        wit::Seal::Token(field) => Seal::Token(token(field, about)?),
    })
}
