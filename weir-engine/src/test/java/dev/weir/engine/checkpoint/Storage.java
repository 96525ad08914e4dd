package dev.weir.engine.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Files, and the manifests that name them. Deletes nothing that a manifest names, and nothing twice. */
final class Storage {

    private record Manifest(Set<String> files, boolean savepoint) {}

    private final Set<String> files = new TreeSet<>();
    private final Map<Long, Manifest> manifests = new TreeMap<>();
    private long created;

    String create(long id, Subtask subtask) {
        String file = id + "/" + subtask.vertex() + "-" + subtask.index() + "#" + created++;
        files.add(file);
        return file;
    }

    boolean exists(String file) {
        return files.contains(file);
    }

    void delete(String file) {
        manifests.forEach((id, manifest) -> assertThat(manifest.files())
                .as("files of checkpoint %d, which exists", id)
                .doesNotContain(file));
        assertThat(files.remove(file)).as("file %s is there to delete", file).isTrue();
    }

    void commit(long id, Collection<String> named, boolean savepoint) {
        assertThat(files).as("files of checkpoint %d", id).containsAll(named);
        manifests.put(id, new Manifest(Set.copyOf(named), savepoint));
    }

    void drop(long id) {
        Manifest manifest = manifests.remove(id);
        assertThat(manifest).as("checkpoint %d is there to drop", id).isNotNull();
        assertThat(manifest.savepoint()).as("savepoint %d is dropped", id).isFalse();
        files.removeAll(manifest.files());
    }

    boolean isComplete(long id) {
        return manifests.containsKey(id);
    }

    /** What a new process finds, after it has deleted what is of no use. */
    List<RetainedCheckpoint> recover(int numRetained) {
        List<Long> found = checkpoints();
        found.subList(0, Math.max(0, found.size() - numRetained)).forEach(manifests::remove);
        Set<String> named = named();
        files.removeIf(file -> !named.contains(file));
        return checkpoints().stream()
                .map(id -> new RetainedCheckpoint(id, "chk-" + id, true))
                .toList();
    }

    /** Ids of the checkpoints that exist, savepoints left out. */
    List<Long> checkpoints() {
        return manifests.entrySet().stream()
                .filter(entry -> !entry.getValue().savepoint())
                .map(Map.Entry::getKey)
                .toList();
    }

    /** The files that a manifest names. */
    Set<String> named() {
        Set<String> named = new TreeSet<>();
        manifests.values().forEach(manifest -> named.addAll(manifest.files()));
        return named;
    }

    Set<String> files() {
        return files;
    }
}
