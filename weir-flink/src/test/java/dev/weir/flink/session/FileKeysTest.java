package dev.weir.flink.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.io.FileOutputFormat;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.legacy.OutputFormatSinkFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Keys of Flink's formats that write files, each changed and its effect seen in what a job writes. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class FileKeysTest {
    @TempDir
    Path directory;

    /** They are those of the whole process. */
    @AfterEach
    void asBefore() {
        FileOutputFormat.initDefaultsFromConfiguration(new Configuration());
    }

    private static final class Lines extends FileOutputFormat<Long> {
        Lines(Path file) {
            super(new org.apache.flink.core.fs.Path(file.toUri()));
        }

        @Override
        public void writeRecord(Long number) throws IOException {
            stream.write((number + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }

    private static void write(Path file, String key, String value) throws Exception {
        Configuration configuration = new Configuration();
        configuration.setString(key, value);
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1, configuration);
        env.fromSequence(1, 2).addSink(new OutputFormatSinkFunction<>(new Lines(file)));
        env.execute();
    }

    @Test
    void filesAreOverwrittenAsConfigured() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "before");
        assertThatThrownBy(() -> write(file, "fs.overwrite-files", "false")).hasStackTraceContaining("already exists");
        assertThat(file).hasContent("before");
        write(file, "fs.overwrite-files", "true");
        assertThat(file).hasContent("1\n2\n");
    }

    @Test
    void aDirectoryIsMadeForOneFileAsConfigured() throws Exception {
        Path file = directory.resolve("numbers");
        write(file, "fs.output.always-create-directory", "false");
        assertThat(file).isRegularFile();
        Path folder = directory.resolve("folder");
        write(folder, "fs.output.always-create-directory", "true");
        assertThat(folder.resolve("1")).hasContent("1\n2\n");
    }
}
