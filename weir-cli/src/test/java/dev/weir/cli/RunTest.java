package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.example.CancelsItself;
import org.example.Doubles;
import org.example.LeavesJobsBehind;
import org.example.TellsResult;
import org.example.TellsSurroundings;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RunTest {
    @TempDir
    Path dir;

    private final Invocation weir = new Invocation();
    private String jar = "";

    @BeforeEach
    void pack() throws IOException {
        jar = JarOf.examples(dir, Doubles.class).toString();
    }

    @Test
    void theManifestsMainClassRunsAndNothingButItsOutputIsPrinted() {
        weir.run("run", jar);
        assertThat(weir.complaints()).isEmpty();
        assertThat(weir.err().lines())
                .singleElement()
                .asString()
                .contains("takes no checkpoints, a restart begins at zero; -D execution.checkpointing.interval=");
        assertThat(weir.code()).isZero();
        assertThat(weir.out().lines()).containsExactly("2", "4", "6");
        assertThat(StreamExecutionEnvironment.areExplicitEnvironmentsAllowed()).isTrue();
    }

    @Test
    void nothingIsSaidOfAJobThatTakesCheckpoints() {
        weir.run("run", "-D", "execution.checkpointing.interval=10s", jar);
        assertThat(weir.err()).isEmpty();
        assertThat(weir.code()).isZero();
    }

    @Test
    void theProgramGetsItsArgumentsItsLoaderAndTheConfiguration() throws IOException {
        Path conf = Files.createDirectory(dir.resolve("conf"));
        Files.writeString(conf.resolve("config.yaml"), "parallelism:\n  default: 2\npipeline.name: from the file\n");
        Path proof = dir.resolve("proof");
        weir.with("WEIR_CONF_DIR", conf.toString())
                .run(
                        "run",
                        "-D",
                        "pipeline.name=from the command line",
                        "-c",
                        TellsSurroundings.class.getName(),
                        jar,
                        proof.toString(),
                        "-p",
                        "--",
                        "@file",
                        "\"quoted\"",
                        "-Dx=y");
        assertThat(weir.complaints()).isEmpty();
        assertThat(weir.code()).isZero();
        assertThat(weir.out().lines())
                .containsExactly(
                        "arguments=[" + proof + ", -p, --, @file, \"quoted\", -Dx=y]",
                        "ownLoader=true",
                        "contextLoaderSeesIt=true",
                        "parallelism=2",
                        "name=from the command line");
        assertThat(proof).hasContent("ran");
    }

    @Test
    void optionsGoBeforeTheFile() throws IOException {
        Path conf = Files.createDirectory(dir.resolve("conf"));
        Files.writeString(conf.resolve("config.yaml"), "parallelism.default: 2");
        weir.run(
                "run",
                "--config-dir",
                conf.toString(),
                "-p3",
                "-Dpipeline.name=n",
                "-c",
                TellsSurroundings.class.getName(),
                jar,
                dir.resolve("proof").toString());
        assertThat(weir.code()).isZero();
        assertThat(weir.out()).contains("parallelism=3", "name=n");
    }

    @Test
    void jobsThatMainLeavesBehindAreWaitedFor() {
        weir.run("run", "-c", LeavesJobsBehind.class.getName(), jar);
        assertThat(weir.complaints()).isEmpty();
        assertThat(weir.code()).isZero();
        assertThat(weir.out().lines()).containsExactlyInAnyOrder("1", "2", "3", "4", "5", "6");
    }

    @Test
    void detachedStillWaits() {
        weir.run("run", "-d", jar);
        assertThat(weir.code()).isZero();
        assertThat(weir.out().lines()).containsExactly("2", "4", "6");
    }

    /** As in Flink it is main that goes on. */
    @ParameterizedTest
    @CsvSource({
        "'', JobExecutionResult",
        "-d, DetachedJobExecutionResult",
        "-Dexecution.attached=false, DetachedJobExecutionResult",
        "-Dexecution.attached=true, JobExecutionResult",
        "-d -Dexecution.attached=true, DetachedJobExecutionResult"
    })
    void mainWaitsForItsJobAsConfigured(String options, String result) {
        List<String> command = new ArrayList<>(List.of("run", "-c", TellsResult.class.getName(), jar));
        Stream.of(options.split(" ", -1)).filter(option -> !option.isEmpty()).forEach(option -> command.add(1, option));
        weir.run(command.toArray(String[]::new));
        assertThat(weir.code()).isZero();
        assertThat(weir.out().lines()).containsExactly(result);
    }

    @Test
    void aJobThatTheProgramCancelledIsNoFailure() {
        weir.run("run", "-c", CancelsItself.class.getName(), jar);
        assertThat(weir.complaints()).isEmpty();
        assertThat(weir.code()).isZero();
    }

    @Test
    void nestedLibrariesAndExtraClassPathsAreSeen() throws IOException {
        Path inner = JarOf.examples(dir, null);
        Path outer = JarOf.entries(dir.resolve("outer.jar"), Map.of("lib/../../in ner.jar", Files.readAllBytes(inner)));
        weir.run("run", "-c", Doubles.class.getName(), outer.toString());
        assertThat(weir.complaints()).isEmpty();
        assertThat(weir.code()).isZero();

        Path empty = JarOf.entries(dir.resolve("empty.jar"), Map.of("nothing", new byte[0]));
        for (String entry : new String[] {inner.toString(), inner.toUri().toString()}) {
            weir.run("run", "-C", entry, "-c", Doubles.class.getName(), empty.toString());
            assertThat(weir.complaints()).isEmpty();
            assertThat(weir.code()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "-h", "help", "run --help", "help run", "classpath -h"})
    void helpGoesToStandardOutput(String arguments) {
        weir.run(arguments.split(" ", -1));
        assertThat(weir.code()).isZero();
        assertThat(weir.err()).isEmpty();
        assertThat(weir.out()).startsWith("Usage: weir ");
    }

    @Test
    void helpOfRunNamesWhatFlinkRunTakes() {
        weir.run("run", "--help");
        assertThat(weir.out())
                .contains("-c, --class", "-C, --classpath", "-p, --parallelism", "-d, --detached", "-D", "--config-dir")
                .contains("-s, --fromSavepoint", "Exit codes: 0 finished");
    }

    @Test
    void versionAndClasspath() {
        weir.run("version");
        assertThat(weir.code()).isZero();
        assertThat(weir.out()).startsWith("weir ").contains("Flink 2.3.0");
        weir.run("classpath");
        assertThat(weir.code()).isZero();
        assertThat(weir.out())
                .contains("flink-runtime-2.3.0.jar", "flink-clients-2.3.0.jar")
                .doesNotContain("\n\n");
    }

    /** File systems are set up for the whole process: tells why there is none for a place after a run. */
    private String missing(URI place, String key, String value) {
        try {
            weir.run("run", "-D", key + "=" + value, jar);
            assertThat(weir.code()).isZero();
            FileSystem.get(place);
            return "";
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        } finally {
            FileSystem.initialize(new Configuration(), null);
        }
    }

    @Test
    void pathsWithoutASchemeAreOfTheOneThatIsConfigured() {
        URI place = dir.resolve("file").toUri();
        URI plain = URI.create(place.getPath());
        assertThat(missing(plain, "fs.default-scheme", "file:///")).isEmpty();
        assertThat(missing(plain, "fs.default-scheme", "nowhere:///")).contains("scheme 'nowhere'");
    }

    @Test
    void schemesOfPluginsAreLeftToHadoopAsConfigured() {
        URI bucket = URI.create("s3://bucket/checkpoints");
        String key = "fs.allowed-fallback-filesystems";
        assertThat(missing(bucket, key, "gs")).contains("is directly supported by Flink through");
        assertThat(missing(bucket, key, "s3")).contains("No file system to support this scheme could be loaded");
    }
}
