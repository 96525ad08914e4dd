package dev.weir.flink.checkpoint;

import dev.weir.engine.checkpoint.manifest.Manifest;
import dev.weir.engine.checkpoint.manifest.ManifestReader;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.MasterState;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.state.CompletedCheckpointStorageLocation;
import org.apache.flink.runtime.state.filesystem.AbstractFsCheckpointStorageAccess;
import org.apache.flink.runtime.state.filesystem.FileStateHandle;

/**
 * Opens checkpoints and savepoints, Weir's and Flink's. A pointer is the path of a directory with a {@code _metadata} file,
 * or of that file under any name. Stateless; every call blocks for the file system.
 */
public final class CheckpointLoader {
    private CheckpointLoader() {}

    /**
     * Reads the metadata of a checkpoint. Whether its files are there is for {@link #verify}.
     *
     * @param userLoader for classes in Flink's metadata
     * @throws IOException if there is none, or it is truncated, damaged, of a later version or something else
     */
    public static StoredCheckpoint load(String pointer, ClassLoader userLoader) throws IOException {
        CompletedCheckpointStorageLocation location =
                AbstractFsCheckpointStorageAccess.resolveCheckpointPointer(pointer);
        FileStateHandle handle = (FileStateHandle) location.getMetadataHandle();
        CheckpointFiles files = CheckpointFiles.of(handle.getFilePath());
        Path metadata = handle.getFilePath().makeQualified(files.fileSystem());
        byte[] bytes = files.read(metadata);
        if (ManifestReader.isManifest(bytes)) {
            return ofWeir(metadata, bytes);
        }
        if (bytes.length >= Integer.BYTES && ByteBuffer.wrap(bytes).getInt() == Checkpoints.HEADER_MAGIC_NUMBER) {
            return ofFlink(pointer, userLoader, metadata, bytes);
        }
        throw new IOException("file " + metadata + " of " + bytes.length
                + " bytes is not the metadata of a checkpoint or savepoint, neither Weir's nor Flink's,"
                + " or it was truncated");
    }

    private static StoredCheckpoint ofWeir(Path metadata, byte[] bytes) throws IOException {
        Manifest manifest = ManifestReader.read(metadata.toString(), bytes);
        try {
            return stored(metadata, bytes.length, manifest);
        } catch (IllegalArgumentException e) {
            throw new IOException("manifest " + metadata + " names what cannot be: " + e.getMessage(), e);
        }
    }

    private static StoredCheckpoint stored(Path metadata, int metadataBytes, Manifest manifest) {
        Path directory = metadata.getParent();
        ManifestStates states = new ManifestStates(manifest, Layout.around(directory));
        return new StoredCheckpoint(
                manifest.checkpointId(),
                manifest.triggeredMillis(),
                manifest.kind(),
                StoredCheckpoint.Format.WEIR,
                false,
                directory,
                metadata,
                metadataBytes,
                states.operators(),
                manifest.masters().stream()
                        .map(master -> new MasterState(master.name(), master.bytes(), master.version()))
                        .toList(),
                states.files());
    }

    private static StoredCheckpoint ofFlink(String pointer, ClassLoader userLoader, Path metadata, byte[] bytes)
            throws IOException {
        CheckpointMetadata content;
        try {
            // Flink resolves relative names against the directory of this pointer.
            content = Checkpoints.loadCheckpointMetadata(
                    new DataInputStream(new ByteArrayInputStream(bytes)),
                    userLoader,
                    metadata.getParent().toString());
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            // It trusts its input, so damage may look like anything, a huge array included.
            throw new IOException(
                    "Flink's metadata " + metadata + " of " + pointer + " is truncated, damaged or of another version: "
                            + e,
                    e);
        }
        Map<OperatorID, OperatorState> operators = new LinkedHashMap<>();
        content.getOperatorStates().forEach(state -> operators.put(state.getOperatorID(), state));
        boolean savepoint = content.getCheckpointProperties() == null
                || content.getCheckpointProperties().isSavepoint();
        return new StoredCheckpoint(
                content.getCheckpointId(),
                0,
                savepoint ? Manifest.Kind.SAVEPOINT : Manifest.Kind.CHECKPOINT,
                StoredCheckpoint.Format.FLINK,
                false,
                metadata.getParent(),
                metadata,
                bytes.length,
                operators,
                List.copyOf(content.getMasterStates()),
                StateFiles.of(operators.values()));
    }

    /**
     * Checks that every file of a checkpoint is there and as long as it was written.
     *
     * @param checksums whether to read all files and compare their checksums, where these are known
     * @throws IOException naming the checkpoint and the file
     */
    public static void verify(StoredCheckpoint checkpoint, boolean checksums) throws IOException {
        StoredFiles.verify(checkpoint, checksums, LocalCopies.Index.NONE);
    }

    /**
     * Checks that every file of a checkpoint is there and as long as it was written, or has a good local copy.
     *
     * @throws IOException naming the checkpoint and the file
     */
    public static void verify(StoredCheckpoint checkpoint, LocalCopies.Index local) throws IOException {
        StoredFiles.verify(checkpoint, false, local);
    }

    /**
     * A checkpoint that can be restored, why those before it in the list cannot, and what is behind it.
     *
     * @param checkpoint the first usable one
     * @param earlier those behind it whose metadata can be read
     * @param passedOver the failures of all others, by pointer
     */
    public record Usable(
            StoredCheckpoint checkpoint, List<StoredCheckpoint> earlier, Map<String, IOException> passedOver) {}

    /**
     * The first of some checkpoints that can be read and has all its files, or local copies of them. Of those behind it the
     * metadata is read only.
     *
     * @param latestFirst pointers
     * @throws IOException if none can be; the reasons are suppressed exceptions of it
     */
    public static Usable latestUsable(List<String> latestFirst, ClassLoader userLoader, LocalCopies local)
            throws IOException {
        Map<String, IOException> passedOver = new LinkedHashMap<>();
        List<StoredCheckpoint> usable = new ArrayList<>();
        for (String pointer : latestFirst) {
            try {
                StoredCheckpoint checkpoint = load(pointer, userLoader);
                if (usable.isEmpty()) {
                    verify(checkpoint, local.index(checkpoint));
                }
                usable.add(checkpoint);
            } catch (IOException e) {
                passedOver.put(pointer, e);
            }
        }
        if (!usable.isEmpty()) {
            return new Usable(usable.get(0), List.copyOf(usable.subList(1, usable.size())), passedOver);
        }
        IOException none = new IOException("none of the retained checkpoints can be restored: " + latestFirst);
        passedOver.values().forEach(none::addSuppressed);
        throw none;
    }

    /**
     * Deletes a savepoint, or a checkpoint that no job has: its metadata first, then the files in its directory. Files that
     * it shares with other checkpoints stay.
     */
    public static void dispose(String pointer, ClassLoader userLoader) throws IOException {
        StoredFiles.delete(load(pointer, userLoader), false);
    }
}
