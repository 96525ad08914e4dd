package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.example.AboveMaxParallelism;
import org.example.Fails;
import org.example.NeverExecutes;
import org.example.NotSerializable;
import org.example.SwallowsFailure;
import org.example.Throws;
import org.example.ZeroParallelism;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every kind of bad input, by message and exit code. */
class BadInputTest {
    @TempDir
    Path dir;

    private final Invocation weir = new Invocation();
    private String jar = "";

    @BeforeEach
    void pack() throws IOException {
        jar = JarOf.examples(dir, null).toString();
    }

    @Test
    void noSuchJar() {
        weir.run("run", dir.resolve("absent.jar").toString());
        assertThat(weir.code()).isEqualTo(2);
        assertThat(weir.err()).startsWith("weir: no such jar: ").contains("absent.jar");
    }

    @Test
    void optionsThatNobodyKnows() {
        weir.run("run", "-D", "paralelism.default=2", "-D", "s3.secret=x", "-c", "org.example.Doubles", jar);
        assertThat(weir.code()).isZero();
        assertThat(weir.err())
                .contains("weir: option paralelism.default is unknown; the nearest is parallelism.default")
                .doesNotContain("s3.secret");
    }

    @Test
    void notAJar() throws IOException {
        Path text = Files.writeString(dir.resolve("notes.jar"), "these are notes");
        weir.run("run", text.toString());
        assertThat(weir.code()).isEqualTo(2);
        assertThat(weir.err()).contains("notes.jar is not a jar file: ");
    }

    @Test
    void aTruncatedJar() throws IOException {
        byte[] whole = Files.readAllBytes(Path.of(jar));
        Path half = Files.write(dir.resolve("half.jar"), Arrays.copyOf(whole, whole.length / 2));
        weir.run("run", "-c", "org.example.Doubles", half.toString());
        assertThat(weir.code()).isEqualTo(2);
        assertThat(weir.err()).contains("half.jar is not a jar file: ");
    }

    @Test
    void aDirectory() {
        weir.run("run", dir.toString());
        assertThat(weir.code()).isEqualTo(2);
        assertThat(weir.err()).contains(" is a directory, not a jar file");
    }

    @Test
    void noMainClass() {
        weir.run("run", jar);
        assertThat(weir.code()).isEqualTo(2);
        assertThat(weir.err())
                .contains("no main class: the manifest of " + jar)
                .contains("neither 'program-class' nor 'Main-Class'")
                .contains("name the class with -c");
    }

    @Test
    void classNotFound() {
        weir.run("run", "-c", "org.example.Absent", jar);
        assertThat(weir.code()).isEqualTo(2);
        assertThat(weir.err()).contains("class org.example.Absent was not found in " + jar);
    }

    @Test
    void aClassThatIsNoClassFile() throws IOException {
        Path broken =
                JarOf.entries(dir.resolve("broken.jar"), Map.of("org/example/Broken.class", new byte[] {1, 2, 3}));
        weir.run("run", "-c", "org.example.Broken", broken.toString());
        assertThat(weir.code()).isEqualTo(2);
        assertThat(weir.err()).contains("class org.example.Broken of").contains("cannot be loaded: ");
    }

    @ParameterizedTest
    @CsvSource({
        "org.example.NoMain, has no method 'public static void main(String[])'",
        "org.example.InstanceMain, has a main method that is not 'public static void main(String[])'",
        "org.example.HiddenMain, must be public"
    })
    void noMainMethodThatCanBeCalled(String name, String message) {
        weir.run("run", "-c", name, jar);
        assertThat(weir.code()).isEqualTo(2);
        assertThat(weir.err()).contains("class " + name + " of " + jar + " " + message);
    }

    @Test
    void aMainThatNeverExecutesAJob() {
        run(NeverExecutes.class);
        assertThat(weir.code()).isEqualTo(1);
        assertThat(weir.err())
                .contains("the main method of org.example.NeverExecutes returned without executing a job")
                .contains("execute()");
    }

    @Test
    void aMainThatThrows() {
        run(Throws.class);
        assertThat(weir.code()).isEqualTo(1);
        assertThat(weir.err())
                .contains("the main method of org.example.Throws failed")
                .contains("java.lang.IllegalArgumentException: no input given at org.example.Throws.main(Throws.java:")
                .doesNotContain("\tat ");
    }

    @Test
    void verboseShowsTheStackTrace() {
        weir.run("run", "--verbose", "-c", Throws.class.getName(), jar);
        assertThat(weir.code()).isEqualTo(1);
        assertThat(weir.err()).contains("\tat org.example.Throws.main(Throws.java:");
    }

    @Test
    void aFunctionThatIsNotSerializable() {
        run(NotSerializable.class);
        assertThat(weir.code()).isEqualTo(1);
        assertThat(weir.err())
                .contains("NotSerializable")
                .contains("not serializable")
                .doesNotContain("\tat ");
    }

    @Test
    void aFunctionThatThrowsIsNamedWithItsSubtask() {
        run(Fails.class);
        assertThat(weir.code()).isEqualTo(1);
        assertThat(weir.err())
                .contains("job 'failing' failed")
                .contains("fussy")
                .contains("(1/1)")
                .contains("java.lang.IllegalStateException: no place for 3 at org.example.Fails.")
                .doesNotContain("\tat ")
                .doesNotContain("the main method");
    }

    @Test
    void aFailedJobIsAFailureThoughMainSwallowsIt() {
        run(SwallowsFailure.class);
        assertThat(weir.code()).isEqualTo(1);
        assertThat(weir.err()).contains("job 'failing' failed");
    }

    @ParameterizedTest
    @CsvSource({"0, < limit=1", "-2, < limit=1", "32769, > limit=32768"})
    void parallelismOutOfBounds(String parallelism, String message) {
        weir.run("run", "-p", parallelism, "-c", "org.example.Doubles", jar);
        assertThat(weir.code()).isEqualTo(2);
        assertThat(weir.err()).contains("-p: parallelism=" + parallelism + " " + message);
    }

    @Test
    void parallelismThatIsNoNumber() {
        weir.run("run", "-p", "many", "-c", "org.example.Doubles", jar);
        assertThat(weir.code()).isEqualTo(2);
        assertThat(weir.err()).contains("-p: parallelism=many is not a number");
    }

    @Test
    void parallelismAboveTheConfiguredMaximum() {
        weir.run("run", "-p", "5", "-D", "pipeline.max-parallelism=4", "-c", "org.example.Doubles", jar);
        assertThat(weir.code()).isEqualTo(2);
        assertThat(weir.err()).contains("-p: parallelism=5 > pipeline.max-parallelism=4");
    }

    @Test
    void parallelismAboveTheProgramsMaximum() {
        run(AboveMaxParallelism.class);
        assertThat(weir.code()).isEqualTo(1);
        assertThat(weir.err())
                .contains("parallelism")
                .contains("3")
                .contains("2")
                .doesNotContain("\tat ");
    }

    @Test
    void parallelismZeroInTheProgram() {
        run(ZeroParallelism.class);
        assertThat(weir.code()).isEqualTo(1);
        assertThat(weir.err()).contains("arallelism");
    }

    @ParameterizedTest
    @CsvSource({
        "novalue, 'no value; write -D novalue=VALUE'",
        "=1, 'no valid key'",
        "'a key=1', 'no valid key'",
        "parallelism.default=abc, parallelism.default",
        "taskmanager.numberOfTaskSlots=x, taskmanager.numberOfTaskSlots",
        "execution.runtime-mode=FASTER, execution.runtime-mode",
        "pipeline.object-reuse=perhaps, pipeline.object-reuse",
        "parallelism.default=0, 'parallelism.default=0 < limit=1'"
    })
    void malformedProperties(String property, String message) {
        weir.run("run", "-D", property, "-c", "org.example.Doubles", jar);
        assertThat(weir.code()).isEqualTo(2);
        assertThat(weir.err()).startsWith("weir: ").contains(message).doesNotContain("\tat ");
    }

    @Test
    void malformedConfigYaml() throws IOException {
        Path conf = Files.createDirectory(dir.resolve("conf"));
        Files.writeString(conf.resolve("config.yaml"), "parallelism:\n  default: [1, 2\nother: }");
        weir.run("run", "--config-dir", conf.toString(), "-c", "org.example.Doubles", jar);
        assertThat(weir.code()).isEqualTo(2);
        assertThat(weir.err()).contains("config.yaml cannot be read: ").doesNotContain("\tat ");
    }

    @Test
    void aConfigYamlWithAValueThatItsOptionCannotRead() throws IOException {
        Path conf = Files.createDirectory(dir.resolve("conf"));
        Files.writeString(conf.resolve("config.yaml"), "parallelism:\n  default: several\n");
        weir.run("run", "--config-dir", conf.toString(), "-c", "org.example.Doubles", jar);
        assertThat(weir.code()).isEqualTo(2);
        assertThat(weir.err()).contains("parallelism.default").contains("several");
    }

    @Test
    void aConfigDirectoryWithoutConfiguration() throws IOException {
        Path conf = Files.createDirectory(dir.resolve("conf"));
        weir.run("run", "--config-dir", dir.resolve("absent").toString(), "-c", "org.example.Doubles", jar);
        assertThat(weir.code()).isEqualTo(2);
        assertThat(weir.err()).contains("--config-dir=").contains("no such directory");

        weir.run("run", "--config-dir", conf.toString(), "-c", "org.example.Doubles", jar);
        assertThat(weir.code()).isEqualTo(2);
        assertThat(weir.err()).contains("has no config.yaml");

        Files.writeString(conf.resolve("flink-conf.yaml"), "parallelism.default: 2");
        weir.with("WEIR_CONF_DIR", conf.toString()).run("run", "-c", "org.example.Doubles", jar);
        assertThat(weir.code()).isEqualTo(2);
        assertThat(weir.err()).contains("WEIR_CONF_DIR=").contains("flink-conf.yaml is not read since Flink 2.0");
    }

    @Test
    void aProgramForAnOlderFlink() throws IOException {
        Map<String, String> sources = new LinkedHashMap<>();
        sources.put(
                "org.apache.flink.api.java.ExecutionEnvironment",
                "package org.apache.flink.api.java; public class ExecutionEnvironment {"
                        + " public static ExecutionEnvironment getExecutionEnvironment() { return null; } }");
        sources.put(
                "org.older.Batch",
                "package org.older; public class Batch { public static void main(String[] args) {"
                        + " org.apache.flink.api.java.ExecutionEnvironment.getExecutionEnvironment(); } }");
        weir.run(
                "run",
                "-c",
                "org.older.Batch",
                JarOf.sources(dir, "org.older", sources).toString());
        assertThat(weir.code()).isEqualTo(1);
        assertThat(weir.err())
                .contains("was built for another version of Flink")
                .contains("org.apache.flink.api.java.ExecutionEnvironment")
                .contains("the DataSet API was removed in Flink 2.0")
                .contains("Flink 2.3.0")
                .doesNotContain("\tat ");
    }

    @Test
    void aProgramThatCallsAMethodThatIsGone() throws IOException {
        Map<String, String> sources = new LinkedHashMap<>();
        sources.put(
                "org.apache.flink.util.StringUtils",
                "package org.apache.flink.util; public class StringUtils { public static void gone() {} }");
        sources.put(
                "org.older.Calls",
                "package org.older; public class Calls { public static void main(String[] args) {"
                        + " org.apache.flink.util.StringUtils.gone(); } }");
        weir.run(
                "run",
                "-c",
                "org.older.Calls",
                JarOf.sources(dir, "org.older", sources).toString());
        assertThat(weir.code()).isEqualTo(1);
        assertThat(weir.err())
                .contains("was built for another version of Flink")
                .contains("gone");
    }

    @Test
    void aMissingConnectorIsNotTakenForAnotherVersion() throws IOException {
        Map<String, String> sources = new LinkedHashMap<>();
        sources.put(
                "org.apache.flink.connector.acme.AcmeSource",
                "package org.apache.flink.connector.acme; public class AcmeSource { public static void open() {} }");
        sources.put(
                "org.older.Connects",
                "package org.older; public class Connects { public static void main(String[] args) {"
                        + " org.apache.flink.connector.acme.AcmeSource.open(); } }");
        weir.run(
                "run",
                "-c",
                "org.older.Connects",
                JarOf.sources(dir, "org.older", sources).toString());
        assertThat(weir.code()).isEqualTo(1);
        assertThat(weir.err())
                .contains("the program needs org.apache.flink.connector.acme.AcmeSource")
                .contains("into lib/, or on -C")
                .doesNotContain("another version");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"-py job.py", "-pym job", "job.py", "-c org.apache.flink.client.python.PythonDriver any.jar"})
    void pyFlink(String arguments) {
        weir.run(("run " + arguments).split(" ", -1));
        assertThat(weir.code()).isEqualTo(2);
        assertThat(weir.err()).contains("PyFlink programs are not run");
    }

    @ParameterizedTest
    @CsvSource({
        "-rm CLAIM, add -s PATH",
        "-s /savepoint -rm LEGACY, claimMode=LEGACY",
        "-m host:8081, there is no cluster to reach",
        "-t yarn-application, there is no cluster to reach",
        "--nonsense, Unknown option",
        "-C /no/such.jar, '-C: no such file: /no/such.jar'",
        "-C nowhere://x, '-C: bad syntax for classpath: nowhere://x'",
        "--log-config /no/such.properties, no such file"
    })
    void optionsThatCannotBeHonoured(String option, String message) {
        weir.run(("run " + option + " -c org.example.Doubles " + jar).split(" ", -1));
        assertThat(weir.code()).isEqualTo(2);
        assertThat(weir.err()).startsWith("weir: ").contains(message).doesNotContain("\tat ");
    }

    @Test
    void noCommandNoJar() {
        weir.run();
        assertThat(weir.code()).isEqualTo(2);
        assertThat(weir.err()).contains("Usage: weir COMMAND");
        weir.run("run");
        assertThat(weir.code()).isEqualTo(2);
        assertThat(weir.err()).contains("the JAR to run is missing");
        weir.run("sail");
        assertThat(weir.code()).isEqualTo(2);
        assertThat(weir.err()).contains("sail");
    }

    private void run(Class<?> program) {
        weir.run("run", "-c", program.getName(), jar);
    }
}
