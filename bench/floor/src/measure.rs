//! Runs a program from a small process, so that the peak memory told by wait4 is the program's own.

use std::io;
use std::mem::MaybeUninit;
use std::process::{Command, ExitCode};
use std::time::Instant;

fn wait(pid: libc::pid_t) -> io::Result<(i32, libc::rusage)> {
    let (mut status, mut usage) = (0, MaybeUninit::<libc::rusage>::zeroed());
    loop {
        // SAFETY: both pointers are valid for writing during the call.
        let waited = unsafe { libc::wait4(pid, &mut status, 0, usage.as_mut_ptr()) };
        if waited == pid {
            // SAFETY: all-zero bytes are a valid rusage, and wait4 has filled it in.
            return Ok((status, unsafe { usage.assume_init() }));
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

fn micros(time: libc::timeval) -> i64 {
    time.tv_sec * 1_000_000 + time.tv_usec
}

fn run(report: &str, words: &[String]) -> io::Result<u8> {
    let begin = Instant::now();
    let child = Command::new(&words[0]).args(&words[1..]).spawn()?;
    let (status, usage) = wait(child.id() as libc::pid_t)?;
    let wall = begin.elapsed().as_nanos();
    let line = format!(
        "{wall} {} {} {}\n",
        micros(usage.ru_utime),
        micros(usage.ru_stime),
        usage.ru_maxrss
    );
    std::fs::write(report, line)?;
    Ok(if libc::WIFEXITED(status) {
        libc::WEXITSTATUS(status) as u8
    } else {
        128 + libc::WTERMSIG(status) as u8
    })
}

/// Exits as the program did, or with 128 + the signal that ended it; 127 when it cannot be run.
pub fn measure(report: &str, words: &[String]) -> ExitCode {
    match run(report, words) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("error: {}: {error}", words[0]);
            ExitCode::from(127)
        }
    }
}
