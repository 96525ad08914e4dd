package dev.weir.flink.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.IllegalConfigurationException;
import org.apache.flink.core.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
        CheckpointSettings expected =
                new CheckpointSettings(new Path("file:///cp"), new Path("file:///sp"), false, 1024, 100);
        assertThat(of(Map.of(
                        "execution.checkpointing.storage", "FileSystem",
                        "execution.checkpointing.dir", "file:///cp",
                        "execution.checkpointing.savepoint-dir", "file:///sp",
                        "execution.checkpointing.create-subdir", "false",
                        "execution.checkpointing.data-inline-threshold", "1kb",
                        "execution.checkpointing.write-buffer-size", "100")))
                .isEqualTo(expected);
        assertThat(of(Map.of(
                        "state.checkpoints.dir", "file:///cp",
                        "state.savepoints.dir", "file:///sp",
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

    @ParameterizedTest
    @CsvSource({
        "/cp, does not say in which file system; write file:///cp",
        "cp, does not say in which file system; write file:///absolute/cp",
        "file:///, is the root of a file system; name a directory below it",
        "'1 2:3', is no path:"
    })
    void aDirectoryIsNamedWithItsFileSystem(String directory, String message) {
        for (String key : List.of("execution.checkpointing.dir", "execution.checkpointing.savepoint-dir")) {
            assertThatThrownBy(() -> of(Map.of(key, directory)))
                    .isInstanceOf(IllegalConfigurationException.class)
                    .hasMessageContaining(key + "=" + directory + " " + message);
        }
    }
}
