/* A call that blocks in the system holds no loop. What blocks here is a read of a pipe that nobody writes. */
#include "base/process/background.h"

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

struct job {
    int pipe[2];
    int error; /* of the read; 0: a byte came */
    int done;  /* calls of `done` */
    uv_sem_t late;
    struct background *background;
};

static void read_byte(void *data)
{
    struct job *job = data;
    char byte;
    job->error = read(job->pipe[0], &byte, 1) == 1 ? 0 : errno;
}

static void on_done(void *data)
{
    ((struct job *)data)->done++;
}

static void on_late(void *data)
{
    uv_sem_post(&((struct job *)data)->late);
}

static void begin(struct job *job)
{
    *job = (struct job){.error = -1};
    assert_int_equal(pipe(job->pipe), 0);
    assert_int_equal(uv_sem_init(&job->late, 0), 0);
    job->background = background_start(uv_default_loop(), read_byte, on_done, job);
    assert_non_null(job->background);
}

static void end(struct job *job)
{
    (void)close(job->pipe[0]);
    (void)close(job->pipe[1]);
    uv_sem_destroy(&job->late);
}

static void the_loop_runs_on_and_is_told(void **state)
{
    (void)state;
    struct job job;
    begin(&job);
    assert_true(uv_run(uv_default_loop(), UV_RUN_NOWAIT) != 0);
    assert_int_equal(job.done, 0);
    assert_int_equal(write(job.pipe[1], "x", 1), 1);
    (void)uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    assert_int_equal(job.done, 1);
    assert_int_equal(job.error, 0);
    end(&job);
}

static void interrupt_again(uv_timer_t *timer)
{
    struct job *job = timer->data;
    if (job->done)
        uv_close((uv_handle_t *)timer, NULL);
    else
        background_interrupt(job->background);
}

static void an_interrupted_call_returns(void **state)
{
    (void)state;
    struct job job;
    uv_timer_t timer;
    begin(&job);
    (void)uv_timer_init(uv_default_loop(), &timer);
    timer.data = &job;
    (void)uv_timer_start(&timer, interrupt_again, 0, 1);
    (void)uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    assert_int_equal(job.done, 1);
    assert_int_equal(job.error, EINTR);
    end(&job);
}

static void who_does_not_wait_any_more_is_not_called_and_the_rest_is_done_later(void **state)
{
    (void)state;
    struct job job;
    begin(&job);
    background_abandon(job.background, on_late);
    (void)uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    assert_int_equal(write(job.pipe[1], "x", 1), 1);
    uv_sem_wait(&job.late);
    assert_int_equal(job.done, 0);
    assert_int_equal(job.error, 0);
    end(&job);
}

static void what_was_over_already_is_cleaned_up_at_once(void **state)
{
    (void)state;
    struct job job;
    begin(&job);
    assert_int_equal(write(job.pipe[1], "x", 1), 1);
    while (fcntl(job.pipe[0], F_GETFD) >= 0 && *(volatile int *)&job.error == -1)
        ;
    background_abandon(job.background, on_late);
    uv_sem_wait(&job.late);
    (void)uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    assert_int_equal(job.done, 0);
    end(&job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_loop_runs_on_and_is_told),
        cmocka_unit_test(an_interrupted_call_returns),
        cmocka_unit_test(who_does_not_wait_any_more_is_not_called_and_the_rest_is_done_later),
        cmocka_unit_test(what_was_over_already_is_cleaned_up_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
