//! The `store` batch: metadata objects that main has serialised and named.

use crate::fault::{Fault, Outcome};
use crate::names::unpack;
use crate::object::ObjectName;
use crate::target::{Dress, Put, Target};

/// Writes each object under its name, detached metadata always anew; one result per name.
pub fn store(target: &Target, names: &str, bytes: &[u8], ends: &[u32]) -> Vec<Outcome<Put>> {
    let mut start = 0;
    let mut results = Vec::with_capacity(ends.len());
    for (index, name) in unpack(names).enumerate() {
        let end = ends.get(index).map_or(usize::MAX, |end| *end as usize);
        results.push(match bytes.get(start..end) {
            Some(object) => store_one(target, name, object),
            None => Err(Fault::told("INTERNAL", "object offsets are out of range")),
        });
        start = end;
    }
    results
}

fn store_one(target: &Target, name: &str, object: &[u8]) -> Outcome<Put> {
    let parsed = ObjectName::parse(name).map_err(|fault| fault.at(|| name.to_owned()))?;
    if name.ends_with(".commitmeta") {
        return target.replace(&parsed, object);
    }
    store_object(target, &parsed, object)
}

/// Writes an object that never changes, unless it is there.
pub fn store_object(target: &Target, name: &ObjectName, object: &[u8]) -> Outcome<Put> {
    if target.has(name)? {
        return Ok(Put::Existed);
    }
    target.put(name, &[object], Dress::PLAIN)
}
