package dev.weir.it.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Examples that end by themselves print what they print on Flink; the endless ones print lines of their kind and stop. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ExamplesIT {
    private static final Path ANSWERS = Path.of("src/test/resources/examples/flink-2.3.0");
    private static final Pattern COUNT = Pattern.compile("\\((.+),(\\d+)\\)");

    @TempDir
    Path dir;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "wordcount.WordCount",
                "windowing.SessionWindowing",
                "windowing.WindowWordCount",
                "dsv2.wordcount.WordCount"
            })
    void printsWhatFlinkPrints(String name) throws Exception {
        try (Example example = Example.start(name, dir)) {
            assertThat(withoutHints(example.sorted())).isEqualTo(withoutHints(answer(name)));
            assertThat(example.exitCode()).isZero();
        }
    }

    /** They read tables that they carry as resources, which they can do only where these are files on the class path. */
    @ParameterizedTest
    @ValueSource(strings = {"dsv2.join.Join", "dsv2.windowing.CountProductSalesWindowing"})
    void printsWhatFlinkPrintsOfItsTables(String name) throws Exception {
        unpackTables();
        assertThat(printedOfTables(name)).isEqualTo(answer(name));
    }

    /** On Flink too, what it counts hangs on where its watermarks fall; a slow machine may have more than the two that are tried. */
    @Test
    void countsNewsClicksAsItsWatermarksFall() throws Exception {
        unpackTables();
        NewsClicks clicks =
                new NewsClicks(Files.readAllLines(dir.resolve("datas/dsv2/eventtime/CountNewsClicksEvents.csv")));
        assertThat(clicks.mayPrint(answer("dsv2.eventtime.CountNewsClicks"))).isTrue();
        List<List<String>> printed = new ArrayList<>();
        do {
            printed.add(printedOfTables("dsv2.eventtime.CountNewsClicks"));
        } while (!clicks.mayPrint(printed.get(printed.size() - 1)) && printed.size() < 5);
        assertThat(printed).anyMatch(clicks::mayPrint);
    }

    private List<String> printedOfTables(String name) throws Exception {
        List<String> parentFirst = List.of("-D", "classloader.resolve-order=parent-first");
        try (Example example = Example.start(name, dir, List.of(dir), parentFirst)) {
            List<String> printed = example.sorted();
            assertThat(example.exitCode()).isZero();
            return printed;
        }
    }

    @Test
    void wordCountReadsAndWritesFiles() throws Exception {
        Path input = Files.writeString(
                dir.resolve("input"),
                "a weir is a low barrier\nacross a stream\n\nit regulates the flow and measures it\n");
        Path output = dir.resolve("output");
        try (Example example =
                Example.start("wordcount.WordCount", dir, "--input", input.toString(), "--output", output.toString())) {
            assertThat(example.exitCode()).isZero();
        }
        try (Stream<Path> files = Files.walk(output)) {
            List<String> lines = new ArrayList<>();
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(file.getFileName().toString()).startsWith("part-");
                lines.addAll(Files.readAllLines(file));
            }
            assertThat(lines.stream().sorted()).containsExactlyElementsOf(answer("wordcount.WordCount.files"));
        }
    }

    /** Its windows follow the clock, so counts of one word are added up. */
    @Test
    void sideOutputDivertsWhatFlinkDiverts() throws Exception {
        try (Example example = Example.start("sideoutput.SideOutputExample", dir)) {
            assertThat(totals(example.sorted())).isEqualTo(totals(answer("sideoutput.SideOutputExample")));
            assertThat(example.exitCode()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "windowing.TopSpeedWindowing; \\(\\d+,\\d+,[\\d.E]+,\\d+\\);",
                "join.WindowJoin; \\(\\w+,\\d+,\\d+\\);",
                "datagen.DataGenerator; Number: \\d+;",
                "dsv2.watermark.CountSales; \\d+,\\d+,[\\d.]+;",
                "statemachine.StateMachineExample; ALERT .*; --error-rate 0.5 --sleep 1"
            })
    void goesOnUntilStopped(String name, String pattern, String arguments) throws Exception {
        String[] given = arguments == null ? new String[0] : arguments.split(" ", -1);
        try (Example example = Example.start(name, dir, given)) {
            assertThat(example.lines(Pattern.compile(pattern), 5)).hasSize(5);
            example.terminate();
            assertThat(example.exitCode()).isEqualTo(143);
            assertThat(example.errors()).contains("weir: suspended");
        }
    }

    /** Its client fails now and then, on purpose. */
    @Test
    void asyncIoKeepsTheOrder() throws Exception {
        try (Example example = Example.start("async.AsyncIOExample", dir)) {
            List<String> keys = example.lines(Pattern.compile("key\\d+"), 5);
            assertThat(List.of("key0", "key1", "key2", "key3", "key4").subList(0, keys.size()))
                    .isEqualTo(keys);
            if (keys.size() < 5) {
                assertThat(example.errors()).contains("wahahahaha");
            }
        }
    }

    @Test
    void socketWindowWordCountCountsWhatASocketSays() throws Exception {
        try (ServerSocket server = new ServerSocket(0);
                Example example = Example.start(
                        "socket.SocketWindowWordCount", dir, "--port", Integer.toString(server.getLocalPort()));
                Socket socket = server.accept();
                OutputStream toJob = socket.getOutputStream()) {
            toJob.write("to be or not to be\n".getBytes(StandardCharsets.UTF_8));
            Map<String, Long> counts = new TreeMap<>();
            Pattern line = Pattern.compile("(\\w+) : (\\d+)");
            while (counts.values().stream().mapToLong(Long::longValue).sum() < 6) {
                Matcher count = line.matcher(example.lines(line, 1).get(0));
                assertThat(count.matches()).isTrue();
                counts.merge(count.group(1), Long.valueOf(count.group(2)), Long::sum);
            }
            assertThat(counts).isEqualTo(Map.of("to", 2L, "be", 2L, "or", 1L, "not", 1L));
            socket.shutdownOutput();
            assertThat(example.exitCode()).isZero();
        }
    }

    private static List<String> answer(String name) throws IOException {
        return Files.readAllLines(ANSWERS.resolve(name + ".txt"));
    }

    private static List<String> withoutHints(List<String> lines) {
        return lines.stream().filter(line -> line.startsWith("(")).toList();
    }

    /** What is counted, and lines that are no counts, with how often. */
    private static Map<String, Long> totals(List<String> lines) {
        Map<String, Long> totals = new TreeMap<>();
        for (String line : lines) {
            Matcher count = COUNT.matcher(line);
            if (count.matches()) {
                totals.merge(count.group(1), Long.valueOf(count.group(2)), Long::sum);
            } else {
                totals.merge(line, 1L, Long::sum);
            }
        }
        return totals;
    }

    private void unpackTables() throws IOException {
        try (InputStream jar = Files.newInputStream(Example.JAR);
                ZipInputStream entries = new ZipInputStream(jar)) {
            for (ZipEntry entry = entries.getNextEntry(); entry != null; entry = entries.getNextEntry()) {
                if (entry.getName().startsWith("datas/") && !entry.isDirectory()) {
                    Path file = dir.resolve(entry.getName());
                    Files.createDirectories(file.getParent());
                    Files.copy(entries, file);
                }
            }
        }
    }
}
