package dev.weir.testing.life;

import dev.weir.engine.checkpoint.CheckpointCommand.Commit;
import dev.weir.engine.checkpoint.Subtask;
import dev.weir.engine.checkpoint.manifest.Id;
import dev.weir.engine.checkpoint.manifest.Location;
import dev.weir.engine.checkpoint.manifest.Manifest;
import dev.weir.engine.checkpoint.manifest.ManifestReader;
import dev.weir.engine.checkpoint.manifest.ManifestWriter;
import dev.weir.engine.checkpoint.manifest.OperatorPart;
import dev.weir.engine.checkpoint.manifest.OperatorPart.SubtaskPart;
import dev.weir.engine.checkpoint.manifest.StateKind;
import dev.weir.engine.checkpoint.manifest.StatePart;
import dev.weir.engine.checkpoint.manifest.StoredFile;
import dev.weir.engine.storage.AtomicFile;
import dev.weir.engine.storage.Disk;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** A job's checkpoints on a disk: a directory for each, a file for each subtask, and the engine's manifest, written last. */
final class CheckpointFiles {
    static final Path SAVEPOINTS = Path.of("/savepoints");

    private static final String METADATA = "_metadata";
    private static final String COORDINATOR = "splits";

    private final Disk disk;
    private final Path checkpoints;
    private final RandomJob job;

    /** A subtask's part of a checkpoint, written; no file where it has finished. */
    record Part(@Nullable StoredFile file) {}

    /** What a job goes on from. A vertex that is in neither map had finished. */
    record Restored(long id, Map<Integer, List<TaskState>> states, Map<Integer, List<Split>> coordinators) {}

    CheckpointFiles(Disk disk, Path directory, RandomJob job) {
        this.disk = disk;
        this.checkpoints = directory.resolve("checkpoints");
        this.job = job;
    }

    /** A checkpoint that is being written. */
    final class Write {
        private final Path directory;
        private boolean aborted;

        private Write(Path directory) {
            this.directory = directory;
        }

        Part part(Subtask subtask, Snapshot.Bytes snapshot) throws IOException {
            if (aborted) {
                throw new IOException(directory + " was given up");
            }
            if (snapshot.finished()) {
                return new Part(null);
            }
            byte[] bytes = snapshot.bytes();
            String name = subtask.vertex() + "-" + subtask.index();
            try {
                disk.write(directory.resolve(name), bytes);
            } catch (IOException e) {
                disk.delete(directory.resolve(name));
                throw e;
            }
            return new Part(
                    new StoredFile(StoredFile.Scope.EXCLUSIVE, name, bytes.length, OptionalInt.of(checksum(bytes))));
        }

        /** Makes the checkpoint exist. Returns its name. */
        String commit(Commit<Part> commit, List<Integer> parallelism, Map<Integer, List<Split>> coordinators)
                throws IOException {
            try {
                AtomicFile.replace(
                        disk,
                        directory.resolve(METADATA),
                        ManifestWriter.write(manifest(commit, parallelism, coordinators)));
            } catch (IOException e) {
                abort();
                throw e;
            }
            return directory.toString();
        }

        void abort() {
            if (!aborted) {
                aborted = true;
                remove(directory);
            }
        }
    }

    Write begin(long id, boolean savepoint) throws IOException {
        Path directory = savepoint ? SAVEPOINTS.resolve("sp-" + id) : checkpoints.resolve("chk-" + id);
        disk.createDirectories(directory);
        return new Write(directory);
    }

    /** What cannot be deleted is left to the next process. */
    private void remove(Path directory) {
        try {
            // first what makes it exist
            disk.delete(directory.resolve(METADATA));
            disk.syncDirectory(directory);
            for (Path file : disk.list(directory)) {
                disk.delete(file);
            }
            disk.syncDirectory(directory);
        } catch (IOException left) {
            // to be swept
        }
    }

    void drop(String name) {
        remove(Path.of(name));
    }

    /** Deletes all checkpoints but some. */
    void sweep(List<String> recorded, Set<Path> all) {
        Set<Path> directories = new HashSet<>();
        all.forEach(file -> directories.add(file.getParent()));
        directories.stream()
                .filter(directory -> checkpoints.equals(directory.getParent()))
                .filter(directory -> !recorded.contains(directory.toString()))
                .sorted()
                .forEach(this::remove);
    }

    private Manifest manifest(Commit<Part> commit, List<Integer> parallelism, Map<Integer, List<Split>> coordinators)
            throws IOException {
        List<StoredFile> files = new ArrayList<>();
        List<OperatorPart> operators = new ArrayList<>();
        for (int vertex = 0; vertex < parallelism.size(); vertex++) {
            List<SubtaskPart> subtasks = new ArrayList<>();
            for (int index = 0; index < parallelism.get(vertex); index++) {
                Part part = commit.snapshots().get(new Subtask(vertex, index));
                if (part == null && !commit.finished().contains(new Subtask(vertex, index))) {
                    throw new AssertionError("nothing of subtask " + vertex + "-" + index);
                }
                StoredFile file = part == null ? null : part.file();
                if (file == null) {
                    subtasks.add(new SubtaskPart(index, true, List.of()));
                    continue;
                }
                Location location = new Location.InFile(files.size(), 0, file.length());
                StatePart.Index nothingNamed = new StatePart.NamedLists(List.of());
                files.add(file);
                subtasks.add(new SubtaskPart(
                        index, false, List.of(new StatePart(StateKind.RAW_OPERATOR, location, nothingNamed))));
            }
            boolean finished = subtasks.stream().allMatch(SubtaskPart::finished);
            List<Split> splits = coordinators.get(vertex);
            operators.add(new OperatorPart(
                    new Id(0, vertex),
                    null,
                    null,
                    parallelism.get(vertex),
                    job.maxParallelism(),
                    finished,
                    finished || splits == null
                            ? Optional.empty()
                            : Optional.of(new Location.Inline(COORDINATOR, bytes(splits))),
                    finished ? List.of() : subtasks));
        }
        Manifest.Kind kind = commit.options().kind().isSavepoint() ? Manifest.Kind.SAVEPOINT : Manifest.Kind.CHECKPOINT;
        return new Manifest(new Id(1, 1), "", commit.id(), commit.timestampMillis(), kind, List.of(), files, operators);
    }

    Restored load(String name) throws IOException {
        Path directory = Path.of(name);
        Path metadata = directory.resolve(METADATA);
        Manifest manifest = ManifestReader.read(metadata.toString(), disk.read(metadata));
        Map<Integer, List<TaskState>> states = new TreeMap<>();
        Map<Integer, List<Split>> coordinators = new TreeMap<>();
        for (OperatorPart operator : manifest.operators()) {
            int vertex = (int) operator.id().last();
            if (operator.finished()) {
                continue;
            }
            List<TaskState> ofVertex = new ArrayList<>();
            for (SubtaskPart subtask : operator.subtasks()) {
                for (StatePart part : subtask.parts()) {
                    Location.InFile location = (Location.InFile) part.location();
                    ofVertex.add(TaskState.of(read(directory, manifest.files().get(location.file()))));
                }
            }
            states.put(vertex, ofVertex);
            if (operator.coordinator().isPresent()) {
                byte[] bytes = operator.coordinator().get().bytes();
                coordinators.put(vertex, Split.readAll(new DataInputStream(new ByteArrayInputStream(bytes))));
            }
        }
        return new Restored(manifest.checkpointId(), states, coordinators);
    }

    /** Whatever a loss of power has left: where there is a manifest, there is a checkpoint. */
    void checkWhole(Iterable<Path> all) throws IOException {
        for (Path file : all) {
            if (file.endsWith(METADATA)) {
                load(String.valueOf(file.getParent()));
            }
        }
    }

    private byte[] read(Path directory, StoredFile file) throws IOException {
        byte[] bytes = disk.read(directory.resolve(file.name()));
        if (bytes.length != file.length() || checksum(bytes) != file.crc32c().orElseThrow()) {
            throw new IOException(directory.resolve(file.name()) + " is damaged");
        }
        return bytes;
    }

    private static byte[] bytes(List<Split> splits) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Split.writeAll(splits, new DataOutputStream(bytes));
        return bytes.toByteArray();
    }

    private static int checksum(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }
}
