package dev.weir.cli;

import dev.weir.cli.control.Views.Job;
import dev.weir.engine.diagnosis.Culprit;
import dev.weir.engine.diagnosis.Diagnosis;
import dev.weir.engine.diagnosis.KeySpread;
import dev.weir.engine.diagnosis.Profile;
import dev.weir.engine.diagnosis.SlowPart;
import java.io.PrintStream;
import java.util.Locale;

/** What {@code weir why} prints. */
final class DiagnosisText {
    private DiagnosisText() {}

    static void print(Job job, Diagnosis diagnosis, PrintStream out) {
        out.println(line(job.name()) + " " + job.state() + ", " + job.id());
        if (diagnosis.culprits().isEmpty()) {
            out.println("nobody is held back");
        } else {
            out.println(String.format(
                    Locale.ROOT,
                    "%d looks at stacks within %.1f s, which took %.1f %% of it; collections took %.1f %%",
                    diagnosis.looks(),
                    diagnosis.sampledMillis() / 1_000.0,
                    100 * diagnosis.looksMillis() / Math.max(1, diagnosis.sampledMillis()),
                    100 * diagnosis.gc()));
        }
        diagnosis.culprits().forEach(culprit -> print(culprit, out));
        SlowPart slow = diagnosis.slowCheckpoints();
        if (slow != null) {
            out.println();
            out.println("checkpoints take " + slow.endToEndMillis() + " ms: most of it the "
                    + slow.part().text()
                    + " of subtask " + (slow.subtask() + 1) + " of " + line(slow.vertex()) + ", " + slow.meanMillis()
                    + " ms, means of the latest " + slow.checkpoints());
        }
    }

    private static void print(Culprit culprit, PrintStream out) {
        out.println();
        out.println(line(culprit.name()) + " holds back " + line(String.join(", ", culprit.heldBack()))
                + ", and is busy " + percent(culprit.busy()) + " of the time");
        culprit.reasons().forEach(reason -> out.println("  " + line(reason)));
        out.println();
        Table shares = new Table("BUSY WITH", "SHARE");
        for (Profile.Share share : culprit.profile().shares()) {
            shares.add(share.activity().text(), percent(share.share()));
        }
        shares.print(out);
        out.println();
        Table methods = new Table("METHOD", "BUSY WITH", "SHARE");
        for (Profile.Method method : culprit.profile().methods()) {
            methods.add(method.name(), method.activity().text(), percent(method.share()));
        }
        methods.print(out);
        out.println();
        out.println(String.format(
                Locale.ROOT,
                "records: subtask %d of %d has read most, %d, %.1f times the mean",
                culprit.records().subtask() + 1,
                culprit.parallelism(),
                culprit.records().max(),
                culprit.records().ratio()));
        KeySpread keys = culprit.keys();
        if (keys != null) {
            Table hottest = new Table("KEY", "RECORDS", "SUBTASK");
            keys.hottest().forEach(key -> hottest.add(key.key(), percent(key.share()), key.subtask() + 1));
            hottest.print(out);
            out.println();
            Table groups = new Table("KEY GROUP", "RECORDS", "SUBTASK");
            keys.keyGroups()
                    .forEach(group -> groups.add(group.keyGroup(), percent(group.share()), group.subtask() + 1));
            groups.print(out);
            out.println("of " + keys.records() + " records, in " + keys.keyGroupsRead() + " key groups");
        }
    }

    /** A name may be any text. */
    private static String line(String text) {
        return text.replaceAll("\\p{Cntrl}", " ");
    }

    private static String percent(double share) {
        return Math.round(100 * share) + " %";
    }
}
