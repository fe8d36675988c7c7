//! The certificates that servers are checked against: those of `SSL_CERT_FILE` and `SSL_CERT_DIR` where these
//! are set, else the system's, else Mozilla's, which are built in.

#![expect(clippy::disallowed_methods, reason = "the caller names the path")]

use std::path::Path;

use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

/// The files in which systems keep their certificates.
const SYSTEM: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
];

/// The settings for TLS. `variable` reads an environment variable.
///
/// # Errors
/// A variable names what holds no certificates; the text says so.
pub(super) fn config(variable: &dyn Fn(&str) -> Option<String>) -> Result<TlsConfig, String> {
    let set = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
    let mut found = Vec::new();
    let (file, folder) = (set("SSL_CERT_FILE"), set("SSL_CERT_DIR"));
    if let Some(path) = &file {
        found.extend(
            of_file(Path::new(path)).map_err(|why| format!("SSL_CERT_FILE={path}: {why}"))?,
        );
    }
    if let Some(path) = &folder {
        found.extend(
            of_folder(Path::new(path)).map_err(|why| format!("SSL_CERT_DIR={path}: {why}"))?,
        );
    }
    if file.is_none() && folder.is_none() {
        let system = SYSTEM.iter().find_map(|path| of_file(Path::new(path)).ok());
        found.extend(system.into_iter().flatten());
    }
    let roots = if found.is_empty() {
        RootCerts::WebPki
    } else {
        RootCerts::from(found)
    };
    Ok(TlsConfig::builder().root_certs(roots).build())
}

fn of_file(path: &Path) -> Result<Vec<Certificate<'static>>, String> {
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    let items = parse_pem(&bytes).filter_map(Result::ok);
    let certificates: Vec<_> = items
        .filter_map(|item| match item {
            PemItem::Certificate(certificate) => Some(certificate),
            _ => None,
        })
        .collect();
    if certificates.is_empty() {
        return Err("it holds no certificates in PEM".to_owned());
    }
    Ok(certificates)
}

fn of_folder(path: &Path) -> Result<Vec<Certificate<'static>>, String> {
    let entries = std::fs::read_dir(path).map_err(|error| error.to_string())?;
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let found: Vec<_> = paths
        .iter()
        .filter_map(|path| of_file(path).ok())
        .flatten()
        .collect();
    if found.is_empty() {
        return Err("no file in it holds certificates in PEM".to_owned());
    }
    Ok(found)
}
