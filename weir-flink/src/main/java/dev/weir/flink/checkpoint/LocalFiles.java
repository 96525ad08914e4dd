package dev.weir.flink.checkpoint;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.runtime.state.filesystem.FileStateHandle;

/** State files that are files of this machine. Stateless; blocks for the file system. */
public final class LocalFiles {
    private LocalFiles() {}

    /** A file with what a handle reads: a good local copy of it, or the checkpoint's own file where that is on a local disk. */
    public static Optional<Path> of(StreamStateHandle handle) {
        if (handle instanceof LocalFirstHandle first) {
            return first.goodCopy().or(() -> of(first.primary()));
        }
        if (handle instanceof FileStateHandle file) {
            URI uri = file.getFilePath().toUri();
            boolean local = uri.getScheme() == null || uri.getScheme().equals("file");
            return local ? Optional.of(Path.of(uri.getPath())) : Optional.empty();
        }
        return Optional.empty();
    }

    /** The handle that checkpoints have. */
    public static StreamStateHandle primary(StreamStateHandle handle) {
        return handle instanceof LocalFirstHandle first ? first.primary() : handle;
    }

    /** Whether what the checkpoint has is there, so that others may refer to it; a local copy may stand in for a lost file. */
    public static boolean primaryIsThere(StreamStateHandle handle) {
        if (!(handle instanceof LocalFirstHandle first) || !(first.primary() instanceof FileStateHandle file)) {
            return true;
        }
        try {
            FileStatus status = FileSystem.getUnguardedFileSystem(
                            file.getFilePath().toUri())
                    .getFileStatus(file.getFilePath());
            return status.getLen() == file.getStateSize();
        } catch (IOException e) {
            return false;
        }
    }
}
