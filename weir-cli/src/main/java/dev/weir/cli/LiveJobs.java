package dev.weir.cli;

import dev.weir.cli.control.ControlClient;
import dev.weir.cli.control.ControlException;
import dev.weir.cli.control.Views.Job;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The jobs of all live processes of a data directory, at one moment.
 *
 * @param unreachable why processes that live could not be asked
 */
record LiveJobs(Path data, List<Found> all, List<String> unreachable) {

    /** A job and the process that has it. */
    record Found(ControlClient process, Job job) {}

    static LiveJobs of(Path data) throws ControlException {
        List<Found> all = new ArrayList<>();
        List<String> unreachable = new ArrayList<>();
        for (ControlClient process : ControlClient.all(data)) {
            try {
                process.jobs().forEach(job -> all.add(new Found(process, job)));
            } catch (ControlException e) {
                unreachable.add(String.valueOf(e.getMessage()));
            }
        }
        return new LiveJobs(data, all, unreachable);
    }

    /**
     * The one job that a user means by its id, the beginning of its id, its key or its name. One that runs is meant rather
     * than one that has ended.
     *
     * @throws UsageException where it is none or several
     */
    Found select(String meant) throws UsageException {
        List<Found> running = matches(meant, false);
        List<Found> matches = running.isEmpty() ? matches(meant, true) : running;
        if (matches.size() == 1) {
            return matches.get(0);
        }
        StringBuilder message =
                new StringBuilder(matches.isEmpty() ? "no job is meant by '" : matches.size() + " jobs are meant by '");
        message.append(meant).append("'; ");
        List<Found> candidates = matches.isEmpty() ? all : matches;
        if (candidates.isEmpty()) {
            message.append("no process of the data directory ").append(data).append(" has a job");
        } else {
            message.append(matches.isEmpty() ? "there are" : "say which by its id")
                    .append(':');
        }
        for (Found found : candidates) {
            Job job = found.job();
            message.append("\n  ")
                    .append(job.id())
                    .append(" '")
                    .append(job.name())
                    .append("' ")
                    .append(job.state())
                    .append(", process ")
                    .append(found.process().pid());
        }
        unreachable.forEach(why -> message.append("\n  ").append(why));
        throw new UsageException(message.toString());
    }

    private List<Found> matches(String meant, boolean ended) {
        List<Found> candidates =
                all.stream().filter(found -> found.job().ended() == ended).toList();
        List<Found> exact = candidates.stream()
                .filter(found -> found.job().id().equals(meant))
                .toList();
        return !exact.isEmpty() || meant.isEmpty()
                ? exact
                : candidates.stream()
                        .filter(found -> found.job().key().equals(meant)
                                || found.job().name().equals(meant)
                                || found.job().id().startsWith(meant))
                        .toList();
    }
}
