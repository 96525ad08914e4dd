package dev.weir.flink.host;

import java.util.List;
import java.util.Optional;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.runtime.tasks.mailbox.Mail;
import org.apache.flink.streaming.runtime.tasks.mailbox.TaskMailbox;
import org.apache.flink.streaming.runtime.tasks.mailbox.TaskMailboxImpl;

/** Flink's mailbox, whose arrivals also wake the engine's task loop. Thread rules are those of {@link TaskMailbox}. */
final class WakingMailbox implements TaskMailbox {
    private final TaskMailbox mailbox;
    private final Runnable wake;
    private final Counter processed;

    /** @param processed counts the mails that have run */
    WakingMailbox(Thread taskThread, Runnable wake, Counter processed) {
        this.processed = processed;
        this.mailbox = new TaskMailboxImpl(taskThread);
        this.wake = wake;
    }

    /** Runs the mails that were there when called. True if any ran. */
    boolean runBatch() throws Exception {
        if (!mailbox.createBatch()) {
            return false;
        }
        for (Optional<Mail> mail = mailbox.tryTakeFromBatch(); mail.isPresent(); mail = mailbox.tryTakeFromBatch()) {
            mail.get().run();
            processed.inc();
        }
        return true;
    }

    @Override
    public boolean isMailboxThread() {
        return mailbox.isMailboxThread();
    }

    @Override
    public boolean hasMail() {
        return mailbox.hasMail();
    }

    @Override
    public Optional<Mail> tryTake(int priority) {
        return mailbox.tryTake(priority);
    }

    @Override
    public Mail take(int priority) throws InterruptedException {
        return mailbox.take(priority);
    }

    @Override
    public boolean createBatch() {
        return mailbox.createBatch();
    }

    @Override
    public Optional<Mail> tryTakeFromBatch() {
        return mailbox.tryTakeFromBatch();
    }

    @Override
    public void put(Mail mail) {
        mailbox.put(mail);
        wake.run();
    }

    @Override
    public List<Mail> drain() {
        return mailbox.drain();
    }

    @Override
    public void quiesce() {
        mailbox.quiesce();
    }

    @Override
    public List<Mail> close() {
        return mailbox.close();
    }

    @Override
    public State getState() {
        return mailbox.getState();
    }

    @Override
    public int size() {
        return mailbox.size();
    }

    @Override
    public void runExclusively(Runnable runnable) {
        mailbox.runExclusively(runnable);
    }
}
