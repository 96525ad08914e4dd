package dev.weir.engine.job;

/**
 * Makes the threads of one job: daemons, so that a job never keeps its host alive, with the user code's class loader,
 * and inheriting nothing of the thread that starts the job.
 */
record JobThreads(ClassLoader contextClassLoader) {

    /** A thread that is not yet started. */
    Thread create(String name, Runnable body) {
        Thread thread = new Thread(null, body, name, 0, false);
        thread.setDaemon(true);
        thread.setContextClassLoader(contextClassLoader);
        return thread;
    }
}
