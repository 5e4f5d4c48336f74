//! A Unix socket that only its owner can open.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream as BlockingStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_lc_rs::rand;
use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::net::{UnixListener, UnixStream};

/// Read and write for the owner, nothing for others.
const SOCKET_MODE: u32 = 0o600;
/// A folder that only the owner can look into.
const FOLDER_MODE: u32 = 0o700;
/// Names tried for the folder in which the socket is made.
const STAGING_ATTEMPTS_MAX: u32 = 8;
/// Pause after a connection could not be accepted.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A bound socket. The file is removed when this is dropped.
///
/// There is no moment at which another user could open it: it is made in a folder that only the
/// owner can enter, closed to others there, and only then moved to its place. A connection by
/// anybody but the owner or root is closed all the same, in case the mode of the file was changed.
#[derive(Debug)]
pub struct AdminSocket {
    listener: UnixListener,
    path: PathBuf,
    owner: u32,
    inode: u64,
}

/// Why the socket could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// Another gateway answers there.
    #[error(
        "admin.socket: another gateway is already running behind `{}`; stop it, or choose another path", path.display()
    )]
    InUse {
        /// The path.
        path: PathBuf,
    },
    /// Something else than a socket is there.
    #[error("admin.socket: `{}` exists and is not a socket; remove it, or choose another path", path.display())]
    Occupied {
        /// The path.
        path: PathBuf,
    },
    /// The operating system says no.
    #[error("admin.socket: `{}` cannot be {verb}: {source}; check the path and the permissions of its folder", path.display())]
    File {
        /// What was tried.
        verb: &'static str,
        /// With which path.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
}

impl AdminSocket {
    /// Binds the socket at `path`. Folders above it that are missing are made for the owner only. A
    /// socket that a stopped gateway left behind is replaced. Must be called inside a tokio runtime.
    ///
    /// # Errors
    ///
    /// [`SocketError`].
    pub fn bind(path: &Path) -> Result<Self, SocketError> {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let failed = |verb, path: &Path| {
            let path = path.to_owned();
            move |source| SocketError::File { verb, path, source }
        };
        DirBuilder::new()
            .recursive(true)
            .mode(FOLDER_MODE)
            .create(folder)
            .map_err(failed("made", folder))?;
        check_free(path)?;
        let staging = staging_folder(folder).map_err(failed("written in", folder))?;
        let bound = bind_in(&staging, path);
        // Whatever became of the socket, the folder has done its work; it is empty or not ours.
        let _ = fs::remove_file(staging.join("s"));
        let _ = fs::remove_dir(&staging);
        let (listener, metadata) = bound.map_err(failed("bound", path))?;
        Ok(Self {
            listener,
            path: path.to_owned(),
            owner: metadata.uid(),
            inode: metadata.ino(),
        })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Connections of the owner and of root, for as long as it is polled.
    pub(super) fn incoming(&self) -> impl Stream<Item = io::Result<UnixStream>> + '_ {
        unfold((), move |()| async move {
            loop {
                match self.listener.accept().await {
                    Ok((stream, _)) if self.admits(&stream) => return Some((Ok(stream), ())),
                    Ok(_) => {}
                    Err(error) => {
                        // Out of file descriptors and the like: wait for one to come free.
                        tracing::error!(%error, "could not accept a connection on the admin socket");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                }
            }
        })
    }

    fn admits(&self, stream: &UnixStream) -> bool {
        match stream.peer_cred() {
            Ok(credentials) if credentials.uid() == self.owner || credentials.uid() == 0 => true,
            Ok(credentials) => {
                tracing::warn!(
                    uid = credentials.uid(),
                    "closed an admin connection of another user"
                );
                false
            }
            Err(error) => {
                tracing::warn!(%error, "closed an admin connection of an unknown user");
                false
            }
        }
    }
}

impl Drop for AdminSocket {
    fn drop(&mut self) {
        let ours = fs::symlink_metadata(&self.path).is_ok_and(|found| found.ino() == self.inode);
        if ours && let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(%error, "the admin socket could not be removed");
        }
    }
}

/// Whether a socket can be put at `path`: nothing is there, or a socket behind which nobody is.
fn check_free(path: &Path) -> Result<(), SocketError> {
    let failed = |source| SocketError::File {
        verb: "looked at",
        path: path.to_owned(),
        source,
    };
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    let path = path.to_owned();
    if !metadata.file_type().is_socket() {
        return Err(SocketError::Occupied { path });
    }
    match BlockingStream::connect(&path) {
        Ok(_) => Err(SocketError::InUse { path }),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound
            ) =>
        {
            Ok(())
        }
        Err(error) => Err(failed(error)),
    }
}

/// A new folder that only the owner can enter. Its name is short: with the name of the socket it may
/// have 108 bytes.
fn staging_folder(folder: &Path) -> io::Result<PathBuf> {
    let mut attempt = 0;
    loop {
        let mut name = [0; 2];
        rand::fill(&mut name).map_err(|_| io::Error::other("no random numbers could be had"))?;
        let staging = folder.join(format!(".{:04x}", u16::from_be_bytes(name)));
        attempt += 1;
        match DirBuilder::new().mode(FOLDER_MODE).create(&staging) {
            Ok(()) => return Ok(staging),
            Err(error)
                if error.kind() == io::ErrorKind::AlreadyExists
                    && attempt < STAGING_ATTEMPTS_MAX => {}
            Err(error) => return Err(error),
        }
    }
}

fn bind_in(staging: &Path, path: &Path) -> io::Result<(UnixListener, fs::Metadata)> {
    let staged = staging.join("s");
    let listener = UnixListener::bind(&staged)?;
    fs::set_permissions(&staged, Permissions::from_mode(SOCKET_MODE))?;
    let metadata = fs::symlink_metadata(&staged)?;
    fs::rename(&staged, path)?;
    Ok((listener, metadata))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    #[tokio::test]
    async fn only_the_owner_can_open_it_and_it_goes_when_the_gateway_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run/admin.sock");
        let socket = AdminSocket::bind(&path).unwrap();
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        assert_eq!(names(path.parent().unwrap()), ["admin.sock"]);
        drop(socket);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn two_gateways_cannot_have_one_socket_and_a_stale_one_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sock");
        let first = AdminSocket::bind(&path).unwrap();
        let second = AdminSocket::bind(&path).unwrap_err();
        assert!(second.to_string().contains("already running"), "{second}");
        assert_eq!(names(folder.path()), ["a.sock"]);
        drop(first);
        // As after a crash: the file is there and nobody listens.
        let stale = folder.path().join("b.sock");
        drop(std::os::unix::net::UnixListener::bind(&stale).unwrap());
        assert!(stale.exists());
        let socket = AdminSocket::bind(&stale).unwrap();
        assert_eq!(mode(&stale), 0o600);
        drop(socket);
    }

    #[tokio::test]
    async fn a_file_that_is_no_socket_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("admin.sock");
        fs::write(&path, "precious").unwrap();
        let error = AdminSocket::bind(&path).unwrap_err();
        assert!(error.to_string().contains("is not a socket"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    }

    #[tokio::test]
    async fn a_socket_that_somebody_else_put_in_its_place_is_not_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("admin.sock");
        let socket = AdminSocket::bind(&path).unwrap();
        fs::remove_file(&path).unwrap();
        fs::write(&path, "other").unwrap();
        drop(socket);
        assert!(path.exists());
    }

    #[tokio::test]
    async fn the_longest_path_that_the_configuration_allows_can_be_bound() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().as_os_str().len() + 1;
        let path = folder.path().join("x".repeat(98 - root)).join("s");
        assert_eq!(path.as_os_str().len(), 100);
        drop(AdminSocket::bind(&path).unwrap());
    }
}
