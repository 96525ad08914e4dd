package dev.weir.flink.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.IllegalConfigurationException;
import org.apache.flink.core.fs.Path;
import org.junit.jupiter.api.Test;

class CheckpointSettingsTest {
    private static final Path FALLBACK = new Path("/data/checkpoints");

    private static CheckpointSettings of(Map<String, String> options) {
        return CheckpointSettings.of(Configuration.fromMap(options), FALLBACK);
    }

    @Test
    void withoutOptionsItIsTheDataDirectoryAndFlinksSizes() {
        assertThat(of(Map.of())).isEqualTo(new CheckpointSettings(FALLBACK, null, true, 20 << 10, 4096));
        assertThat(of(Map.of("execution.checkpointing.storage", "jobmanager")).directory())
                .isEqualTo(FALLBACK);
    }

    @Test
    void flinksOptionsCountByTheirOldNamesToo() {
        CheckpointSettings expected = new CheckpointSettings(new Path("/cp"), new Path("/sp"), false, 1024, 100);
        assertThat(of(Map.of(
                        "execution.checkpointing.storage", "FileSystem",
                        "execution.checkpointing.dir", "/cp",
                        "execution.checkpointing.savepoint-dir", "/sp",
                        "execution.checkpointing.create-subdir", "false",
                        "execution.checkpointing.data-inline-threshold", "1kb",
                        "execution.checkpointing.write-buffer-size", "100")))
                .isEqualTo(expected);
        assertThat(of(Map.of(
                        "state.checkpoints.dir", "/cp",
                        "state.savepoints.dir", "/sp",
                        "state.checkpoints.create-subdir", "false",
                        "state.storage.fs.memory-threshold", "1kb",
                        "state.storage.fs.write-buffer-size", "100")))
                .isEqualTo(expected);
    }

    @Test
    void whatCannotBeIsRefused() {
        assertThatThrownBy(() -> of(Map.of("execution.checkpointing.storage", "org.example.Storage")))
                .isInstanceOf(IllegalConfigurationException.class)
                .hasMessageContaining(
                        "execution.checkpointing.storage=org.example.storage: Weir writes checkpoints itself");
        assertThatThrownBy(() -> of(Map.of("execution.checkpointing.data-inline-threshold", "2mb")))
                .isInstanceOf(IllegalConfigurationException.class)
                .hasMessageContaining(
                        "execution.checkpointing.data-inline-threshold=2097152 is not within 0 and 1048576");
    }
}
