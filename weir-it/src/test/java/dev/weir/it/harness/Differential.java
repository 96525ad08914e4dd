package dev.weir.it.harness;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Compares what a program says on a host with Flink's stored answer. */
public final class Differential {
    private static final int SHOWN_MAX = 20;

    private final Host host;
    private final Path goldens;

    public Differential(Host host, Path resources) {
        this.host = host;
        this.goldens = Golden.directory(resources);
    }

    /** Empty where the program gives Flink's answer, else what differs. */
    public String difference(Program program, Mode mode) throws Exception {
        List<String> expected = Golden.read(goldens, program, mode.parallelism());
        List<String> lines = Run.lines(program, host, mode);
        List<String> actual = Golden.canonical(program, lines);
        if (expected.equals(actual)) {
            return "";
        }
        return "program '" + program.name() + "' on " + host.name() + " at " + mode + ": lines=" + actual.size()
                + ", expected=" + expected.size() + describe(expected, actual);
    }

    /** Empty where the program says, or fails with, the same on both hosts, else what differs. */
    public static String difference(Program program, Mode mode, Host host, Host oracle) throws Exception {
        List<String> expected = outcome(program, mode, oracle);
        List<String> actual = outcome(program, mode, host);
        return expected.equals(actual)
                ? ""
                : "program '" + program.name() + "' on " + host.name() + " at " + mode + ", beside " + oracle.name()
                        + describe(expected, actual);
    }

    private static List<String> outcome(Program program, Mode mode, Host host) throws IOException {
        try {
            return Golden.canonical(program, Run.lines(program, host, mode));
        } catch (Exception e) {
            Throwable cause = e;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            return List.of(cause.toString());
        }
    }

    void make(Program program) throws Exception {
        int last = program.has(Program.Trait.BY_PARALLELISM) ? 3 : 1;
        for (int parallelism = 1; parallelism <= last; parallelism++) {
            write(program, parallelism, Run.lines(program, host, new Mode(parallelism, false, true)));
        }
    }

    private void write(Program program, int parallelism, List<String> lines) throws IOException {
        Golden.write(goldens, program, parallelism, lines);
    }

    private static String describe(List<String> expected, List<String> actual) {
        Map<String, Long> wanted = expected.stream().collect(groupingBy(line -> line, counting()));
        Map<String, Long> got = actual.stream().collect(groupingBy(line -> line, counting()));
        TreeSet<String> all = new TreeSet<>(wanted.keySet());
        all.addAll(got.keySet());
        List<String> differing = all.stream()
                .filter(line -> !wanted.getOrDefault(line, 0L).equals(got.getOrDefault(line, 0L)))
                .toList();
        if (differing.isEmpty()) {
            return "; the same lines in another order: "
                    + actual.stream().limit(SHOWN_MAX).toList();
        }
        StringBuilder text = new StringBuilder();
        for (String line : differing.subList(0, Math.min(SHOWN_MAX, differing.size()))) {
            text.append("\n  expected ")
                    .append(wanted.getOrDefault(line, 0L))
                    .append(", got ")
                    .append(got.getOrDefault(line, 0L))
                    .append(": ")
                    .append(line);
        }
        return text + (differing.size() > SHOWN_MAX ? "\n  and " + (differing.size() - SHOWN_MAX) + " more" : "");
    }
}
