package dev.weir.it.harness;

import dev.weir.it.programs.Programs;
import java.nio.file.Path;
import java.util.List;

/** The command {@code make|verify RESOURCES [PATTERN]}: makes Flink's answers, or proves in every mode that they are Flink's. */
public final class Goldens {
    private Goldens() {}

    public static void main(String[] args) throws Exception {
        if (args.length < 2 || !List.of("make", "verify", "weir").contains(args[0])) {
            System.err.println("usage: Goldens make|verify|weir RESOURCES [PATTERN]");
            System.exit(2);
        }
        String pattern = args.length > 2 ? args[2] : ".*";
        int failures = 0;
        try (Host host = args[0].equals("weir") ? new WeirHost() : new MiniClusterHost()) {
            Differential differential = new Differential(host, Path.of(args[1]));
            for (Program program : Programs.all()) {
                if (program.name().matches(pattern)) {
                    failures += go(program, host, differential, args[0].equals("make"));
                }
            }
        }
        System.out.println("goldens: " + failures + " differences");
        System.exit(failures == 0 ? 0 : 1);
    }

    private static int go(Program program, Host host, Differential differential, boolean make) {
        long start = System.nanoTime();
        int failures = 0;
        try {
            if (make) {
                differential.make(program);
            }
        } catch (Exception | AssertionError failure) {
            System.out.println(program + " FAILED");
            failure.printStackTrace(System.out);
            return 1;
        }
        for (Mode mode : Mode.product(host)) {
            String difference;
            try {
                difference = differential.difference(program, mode);
            } catch (Exception | AssertionError failure) {
                failure.printStackTrace(System.out);
                difference = "program '" + program + "' at " + mode + " threw " + failure;
            }
            if (!difference.isEmpty()) {
                failures++;
                System.out.println(difference);
            }
        }
        System.out.printf(
                "%-50s %s %d ms%n", program, failures == 0 ? "ok" : "DIFFERS", (System.nanoTime() - start) / 1_000_000);
        return failures;
    }
}
