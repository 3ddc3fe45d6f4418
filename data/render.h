/* From a recipe to sound: stems, leak, legs, mixture, labels. */
#ifndef DATA_RENDER_H
#define DATA_RENDER_H

#include <stdbool.h>
#include <stddef.h>

#include "recipe.h"

/* One call in memory: float planes in [-1, 1), n samples each, all on the 16-bit grid, so that
 * files of 16 bits hold the same. Sample i of every plane is the same moment. */
struct render {
    int rate;
    size_t n;
    float *agent;        /* the agent's clean stem as it is in the agent's leg */
    float *customer;     /* the customer's clean stem as it is in the customer's leg */
    float *leak;         /* the customer's component in the agent's leg, before the codec */
    float *agent_leg;    /* agent + leak + noise, through codec and loss */
    float *customer_leg; /* customer + music + noise, through codec and loss */
    float *mixture;      /* both stems + noise in one leg, through the codec */
    float *enrol;        /* the agent's enrolment, clean; NULL when the recipe has none */
    size_t enrol_n;
    const float *left; /* the recording's channels: two of the planes above */
    const float *right;
    char *rttm; /* who speaks when, from the stems: a string of SPEAKER lines */
};

/* Renders a recipe with the voices below a folder. On failure returns false, leaves nothing to free
 * and puts one line into `error` (RECIPE_ERROR_MAX bytes) that names file, line and what to do. */
bool render_call(const struct recipe *recipe, const char *voices, struct render *render,
                 char *error);
void render_free(struct render *render);

#endif
