//! libFuzzer at the door that `NN_DOOR` names; without that, the names of all doors.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nn_cli::doors::{DOORS, Door, door, seeds};
use std::path::Path;
use std::sync::OnceLock;
use std::{env, process};

static DOOR: OnceLock<&Door> = OnceLock::new();

/// Finds the door; and writes its seeds, where `NN_SEEDS` names a folder for them.
fn begin() {
    let Ok(name) = env::var("NN_DOOR") else {
        DOORS.iter().for_each(|door| println!("{}", door.name));
        process::exit(0);
    };
    let door = door(&name).expect("NN_DOOR: there is no such door");
    DOOR.set(door).expect("this runs once");
    let Ok(folder) = env::var("NN_SEEDS") else { return };
    for (number, seed) in seeds(door).expect("the seeds are made").iter().enumerate() {
        std::fs::write(Path::new(&folder).join(format!("seed-{number:02}")), seed).expect("the folder takes seeds");
    }
}

fuzz_target!(init: begin(), |bytes: &[u8]| {
    if let Some(door) = DOOR.get() {
        (door.run)(bytes);
    }
});
